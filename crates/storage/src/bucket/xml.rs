//! The documents that S3 answers with and asks for, as far as they are read and written here
//! ([API reference](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html)).

use std::fmt::Write;

use quick_xml::escape::escape;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::wire::Failed;

/// `ListBucketResult`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listing {
    #[serde(default)]
    pub(super) contents: Vec<Entry>,
    #[serde(default)]
    pub(super) is_truncated: bool,
}

/// One object of a listing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) last_modified: String,
    #[serde(default)]
    pub(super) size: u64,
}

/// `ListMultipartUploadsResult`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Uploads {
    #[serde(default, rename = "Upload")]
    pub(super) uploads: Vec<UploadEntry>,
    #[serde(default)]
    pub(super) is_truncated: bool,
    #[serde(default)]
    pub(super) next_key_marker: String,
    #[serde(default)]
    pub(super) next_upload_id_marker: String,
}

/// One upload that was begun and not finished.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UploadEntry {
    pub(super) key: String,
    pub(super) upload_id: String,
    pub(super) initiated: String,
}

/// `InitiateMultipartUploadResult`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Begun {
    pub(super) upload_id: String,
}

/// `CompleteMultipartUploadResult` and `CopyObjectResult`.
#[derive(Deserialize)]
pub(super) struct Tagged {
    #[serde(rename = "ETag")]
    pub(super) tag: String,
}

/// `DeleteResult`, asked for quietly: errors alone.
#[derive(Deserialize)]
pub(super) struct Deleted {
    #[serde(default, rename = "Error")]
    pub(super) errors: Vec<DeleteError>,
}

/// One object that could not be deleted.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteError {
    #[serde(default)]
    pub(super) code: String,
}

/// Reads a document.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failed> {
    quick_xml::de::from_str(text).map_err(|error| Failed::Unreadable(error.to_string()))
}

/// The code of an error document, if the text is one.
pub(super) fn error_code(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename = "Error")]
    struct Document {
        #[serde(rename = "Code", default)]
        code: String,
    }
    let body = text.trim_start_matches('\u{feff}').trim_start();
    let body = match body.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>")?.1.trim_start(),
        None => body,
    };
    if !(body.starts_with("<Error>") || body.starts_with("<Error ")) {
        return None;
    }
    quick_xml::de::from_str::<Document>(body).ok().map(|document| document.code)
}

/// The document that finishes a multipart upload, from the tags of its parts in order.
pub(super) fn complete(tags: &[String]) -> String {
    let mut text =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, tag) in (1..).zip(tags) {
        // Writing to a text does not fail.
        let _ = write!(
            text,
            "<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag></Part>",
            escape(tag.as_str())
        );
    }
    text.push_str("</CompleteMultipartUpload>");
    text
}

/// The document that deletes many objects.
pub(super) fn delete(keys: &[String]) -> String {
    let mut text =
        String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
    for key in keys {
        let _ = write!(text, "<Object><Key>{}</Key></Object>", escape(key.as_str()));
    }
    text.push_str("</Delete>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_code_and_nothing_else_is_one() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>x</Message></Error>";
        assert_eq!(error_code(document).as_deref(), Some("NoSuchKey"));
        assert_eq!(error_code("<Error><Code>SlowDown</Code></Error>").as_deref(), Some("SlowDown"));
        for other in
            ["", "<html>Error</html>", "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>", "<Errors/>"]
        {
            assert_eq!(error_code(other), None, "{other}");
        }
    }

    #[test]
    fn listings_are_read_with_what_servers_add_to_them() {
        let text = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Name>b</Name><IsTruncated>true</IsTruncated>\
            <Contents><Key>uploads/a/b</Key><LastModified>2026-11-23T21:10:16.000Z</LastModified>\
            <ETag>&quot;x&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>\
            <Contents><Key>uploads/a/c</Key><LastModified>2026-11-23T21:10:17Z</LastModified><Size>0</Size></Contents>\
            </ListBucketResult>";
        let listing: Listing = read(text).unwrap();
        assert!(listing.is_truncated);
        let entries: Vec<_> = listing.contents.iter().map(|entry| (&*entry.key, entry.size)).collect();
        assert_eq!(entries, [("uploads/a/b", 5), ("uploads/a/c", 0)]);
        let empty: Listing = read("<ListBucketResult><Name>b</Name></ListBucketResult>").unwrap();
        assert!(empty.contents.is_empty() && !empty.is_truncated);
    }

    #[test]
    fn what_is_sent_is_escaped() {
        assert!(delete(&["a<&b".to_owned()]).contains("<Key>a&lt;&amp;b</Key>"));
        assert!(complete(&["\"1\"".to_owned(), "\"2\"".to_owned()]).contains("<PartNumber>2</PartNumber>"));
    }
}
