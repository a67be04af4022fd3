//! The calls of S3 that there are here. All others are answered `NotImplemented`.

use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use s3s::dto::*;
use s3s::{S3 as Calls, S3Error, S3Request, S3Response, S3Result, s3_error};

use super::BUCKET;
use super::store::{Object as Kept, Store, Upload, tag, tag_of_parts, unhex};

/// The fewest bytes of a part that is not the last.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// The largest body of one request, in bytes: tests send no more.
const LARGEST: usize = 1 << 30;
/// Entries of a page, at most.
const PAGE: usize = 1000;
/// Rules of a bucket, at most.
const RULES: usize = 1000;

/// The door to a bucket.
pub(super) struct Front {
    pub(super) store: Arc<Mutex<Store>>,
}

impl Front {
    fn bucket(&self, name: &str) -> S3Result<MutexGuard<'_, Store>> {
        if name == BUCKET { Ok(self.store.lock().unwrap()) } else { Err(s3_error!(NoSuchBucket)) }
    }
}

/// Reads a body to its end, with its tag. One that breaks off, or is not the one announced, is not stored.
async fn read(
    body: Option<StreamingBlob>,
    length: Option<i64>,
    md5: Option<&str>,
) -> S3Result<(Bytes, String)> {
    let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut bytes = BytesMut::with_capacity(length.min(PART_BYTES));
    if let Some(mut body) = body {
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(
                &piece.map_err(|error| S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, error))?,
            );
            if bytes.len() > LARGEST {
                return Err(s3_error!(EntityTooLarge));
            }
        }
    }
    let tag = tag(&bytes);
    if md5.is_some_and(|announced| announced != STANDARD.encode(unhex(&tag))) {
        return Err(s3_error!(BadDigest));
    }
    Ok((bytes.freeze(), tag))
}

/// Refuses a write that was to be done only if the object is, or is not, there.
fn condition(
    there: Option<&Kept>,
    if_match: Option<&IfMatch>,
    if_none_match: Option<&IfNoneMatch>,
) -> S3Result<()> {
    let is = |condition: &ETagCondition| {
        there.is_some_and(|kept| {
            condition.is_any() || condition.as_etag().is_some_and(|tag| tag.value() == kept.tag)
        })
    };
    let broken = if_match.is_some_and(|condition| !is(condition)) || if_none_match.is_some_and(is);
    if broken { Err(s3_error!(PreconditionFailed)) } else { Ok(()) }
}

fn streamed(body: Bytes) -> StreamingBlob {
    const PIECE: usize = 256 * 1024;
    let pieces: Vec<_> = (0..body.len().div_ceil(PIECE))
        .map(|at| Ok::<_, std::io::Error>(body.slice(at * PIECE..((at + 1) * PIECE).min(body.len()))))
        .collect();
    StreamingBlob::wrap(stream::iter(pieces))
}

#[async_trait::async_trait]
impl Calls for Front {
    async fn put_object(&self, asked: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = asked.input;
        drop(self.bucket(&input.bucket)?);
        let (body, tag) = read(input.body, input.content_length, input.content_md5.as_deref()).await?;
        let mut store = self.bucket(&input.bucket)?;
        condition(store.objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let kept = Kept {
            tag,
            body,
            content_type: input.content_type,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default(),
            modified: store.now(),
        };
        let etag = Some(kept.etag());
        store.objects.insert(input.key, kept);
        Ok(S3Response::new(PutObjectOutput { e_tag: etag, ..Default::default() }))
    }

    async fn get_object(&self, asked: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = asked.input;
        let store = self.bucket(&input.bucket)?;
        let kept = store.objects.get(&input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        condition(Some(kept), input.if_match.as_ref(), None)?;
        let length = kept.body.len() as u64;
        let range = input.range.map(|range| range.check(length)).transpose()?;
        let (body, content_range) = match range {
            None => (kept.body.clone(), None),
            Some(range) => {
                let text = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                (kept.body.slice(range.start as usize..range.end as usize), Some(text))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(body.len() as i64),
            body: Some(streamed(body)),
            content_range,
            content_disposition: input.response_content_disposition,
            content_type: kept.content_type.clone(),
            cache_control: kept.cache_control.clone(),
            metadata: Some(kept.metadata.clone()),
            e_tag: Some(kept.etag()),
            last_modified: Some(kept.modified.into()),
            accept_ranges: Some("bytes".to_owned()),
            ..Default::default()
        }))
    }

    async fn head_object(&self, asked: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = asked.input;
        let store = self.bucket(&input.bucket)?;
        let kept = store.objects.get(&input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(kept.body.len() as i64),
            content_type: kept.content_type.clone(),
            cache_control: kept.cache_control.clone(),
            metadata: Some(kept.metadata.clone()),
            e_tag: Some(kept.etag()),
            last_modified: Some(kept.modified.into()),
            accept_ranges: Some("bytes".to_owned()),
            ..Default::default()
        }))
    }

    async fn head_bucket(&self, asked: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        drop(self.bucket(&asked.input.bucket)?);
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn copy_object(&self, asked: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = asked.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let mut store = self.bucket(bucket)?;
        let mut kept = store.objects.get(&**key).cloned().ok_or_else(|| s3_error!(NoSuchKey))?;
        condition(Some(&kept), input.copy_source_if_match.as_ref(), None)?;
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
        {
            kept.content_type = input.content_type;
            kept.cache_control = input.cache_control;
            kept.metadata = input.metadata.unwrap_or_default();
        }
        kept.modified = store.now();
        kept.tag = tag(&kept.body);
        let result = CopyObjectResult {
            e_tag: Some(kept.etag()),
            last_modified: Some(kept.modified.into()),
            ..Default::default()
        };
        store.objects.insert(input.key, kept);
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() }))
    }

    async fn delete_object(
        &self,
        asked: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.bucket(&asked.input.bucket)?.objects.remove(&asked.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        asked: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let Delete { objects, quiet } = asked.input.delete;
        if objects.len() > PAGE {
            return Err(s3_error!(MalformedXML));
        }
        let mut store = self.bucket(&asked.input.bucket)?;
        let mut deleted = Vec::new();
        for object in objects {
            store.objects.remove(&object.key);
            deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
        }
        let deleted = (quiet != Some(true)).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        asked: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = asked.input;
        let store = self.bucket(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
        let limit = input.max_keys.map_or(PAGE, |limit| (limit.max(0) as usize).min(PAGE));
        let mut there = store.objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after);
        let contents: Vec<Object> = there
            .by_ref()
            .take(limit)
            .map(|(key, kept)| Object {
                key: Some(key.clone()),
                size: Some(kept.body.len() as i64),
                e_tag: Some(kept.etag()),
                last_modified: Some(kept.modified.into()),
                ..Default::default()
            })
            .collect();
        let more = there.next().is_some();
        let last = contents.last().and_then(|object| object.key.clone());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(prefix),
            key_count: Some(contents.len() as i32),
            max_keys: Some(limit as i32),
            is_truncated: Some(more),
            next_continuation_token: last.filter(|_| more),
            contents: Some(contents),
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        asked: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = asked.input;
        let mut store = self.bucket(&input.bucket)?;
        let upload = Upload {
            parts: Default::default(),
            content_type: input.content_type,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default(),
            initiated: store.now(),
        };
        let id = store.begin(&input.key, upload);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    async fn upload_part(&self, asked: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let input = asked.input;
        let (body, tag) = read(input.body, input.content_length, input.content_md5.as_deref()).await?;
        let mut store = self.bucket(&input.bucket)?;
        let upload = store.uploads.get_mut(&(input.key, input.upload_id));
        let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
        let etag = ETag::Strong(tag.clone());
        upload.parts.insert(input.part_number, (body, tag));
        Ok(S3Response::new(UploadPartOutput { e_tag: Some(etag), ..Default::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        asked: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = asked.input;
        let mut store = self.bucket(&input.bucket)?;
        let place = (input.key.clone(), input.upload_id);
        let upload = store.uploads.get(&place).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let named = input.multipart_upload.and_then(|parts| parts.parts).unwrap_or_default();
        let mut parts = Vec::new();
        for part in &named {
            let there = part.part_number.and_then(|number| upload.parts.get(&number));
            let same =
                |(_, tag): &&(Bytes, String)| part.e_tag.as_ref().is_some_and(|named| named.value() == tag);
            parts.push(there.filter(same).ok_or_else(|| s3_error!(InvalidPart))?);
        }
        let (last, rest) = parts.split_last().ok_or_else(|| s3_error!(MalformedXML))?;
        if rest.iter().any(|(part, _)| part.len() < PART_BYTES) {
            return Err(s3_error!(EntityTooSmall));
        }
        // R2's own rule.
        if rest.windows(2).any(|two| two[0].0.len() != two[1].0.len())
            || rest.first().is_some_and(|first| last.0.len() > first.0.len())
        {
            return Err(s3_error!(InvalidPart, "All non-trailing parts must have the same length."));
        }
        condition(store.objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let kept = Kept {
            body: parts.iter().map(|(part, _)| part.as_ref()).collect::<Vec<&[u8]>>().concat().into(),
            tag: tag_of_parts(parts.iter().map(|(_, tag)| tag.as_str())),
            content_type: upload.content_type.clone(),
            cache_control: upload.cache_control.clone(),
            metadata: upload.metadata.clone(),
            modified: store.now(),
        };
        let etag = kept.etag();
        store.uploads.remove(&place);
        store.objects.insert(input.key.clone(), kept);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(etag),
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        asked: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let gone =
            self.bucket(&asked.input.bucket)?.uploads.remove(&(asked.input.key, asked.input.upload_id));
        gone.map(|_| S3Response::new(AbortMultipartUploadOutput::default()))
            .ok_or_else(|| s3_error!(NoSuchUpload))
    }

    async fn list_multipart_uploads(
        &self,
        asked: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = asked.input;
        let store = self.bucket(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = (input.key_marker.unwrap_or_default(), input.upload_id_marker.unwrap_or_default());
        let limit = input.max_uploads.map_or(PAGE, |limit| (limit.max(0) as usize).min(PAGE));
        let mut there =
            store.uploads.iter().filter(|(place, _)| place.0.starts_with(&prefix) && **place > after);
        let uploads: Vec<MultipartUpload> = there
            .by_ref()
            .take(limit)
            .map(|((key, id), upload)| MultipartUpload {
                key: Some(key.clone()),
                upload_id: Some(id.clone()),
                initiated: Some(upload.initiated.into()),
                ..Default::default()
            })
            .collect();
        let more = there.next().is_some();
        let last = uploads.last().filter(|_| more);
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: Some(prefix),
            is_truncated: Some(more),
            next_key_marker: last.and_then(|upload| upload.key.clone()),
            next_upload_id_marker: last.and_then(|upload| upload.upload_id.clone()),
            uploads: Some(uploads),
            ..Default::default()
        }))
    }

    async fn put_bucket_lifecycle_configuration(
        &self,
        asked: S3Request<PutBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<PutBucketLifecycleConfigurationOutput>> {
        let rules = asked.input.lifecycle_configuration.ok_or_else(|| s3_error!(MalformedXML))?.rules;
        let does = |rule: &LifecycleRule| {
            rule.expiration.is_some()
                || rule.abort_incomplete_multipart_upload.is_some()
                || rule.transitions.is_some()
        };
        if rules.len() > RULES || !rules.iter().all(does) {
            return Err(s3_error!(MalformedXML));
        }
        self.bucket(&asked.input.bucket)?.rules = rules;
        Ok(S3Response::new(PutBucketLifecycleConfigurationOutput::default()))
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        asked: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
        let rules = self.bucket(&asked.input.bucket)?.rules.clone();
        if rules.is_empty() {
            return Err(s3_error!(NoSuchLifecycleConfiguration));
        }
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
            rules: Some(rules),
            ..Default::default()
        }))
    }

    async fn delete_bucket_lifecycle(
        &self,
        asked: S3Request<DeleteBucketLifecycleInput>,
    ) -> S3Result<S3Response<DeleteBucketLifecycleOutput>> {
        self.bucket(&asked.input.bucket)?.rules.clear();
        Ok(S3Response::new(DeleteBucketLifecycleOutput::default()))
    }
}
