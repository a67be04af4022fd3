//! The page of an archive: what is in it, to be read in a browser without anything else.

use std::collections::VecDeque;
use std::fmt::Write;

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::database::AccountExport;
use domain::time::Timestamp;

/// The page, with the pictures that the archive holds.
pub(super) fn page(
    export: &AccountExport,
    pictures: &VecDeque<(String, ObjectKey)>,
    made_at: Timestamp,
) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Your data</title>\n\
         <style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
         td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}\
         img{max-width:12rem;max-height:12rem;margin:.3rem}</style>\n",
    );
    let account = &export.account;
    // Writing to a text does not fail.
    let _ =
        write!(page, "<h1>Everything about {}</h1>\n<p>As of {made_at}. ", escaped(account.email.as_str()));
    page.push_str(
        "The same and more, for programs: <a href=\"account.json\">account.json</a>.</p>\n<table>\n",
    );
    let mut row = |what: &str, value: &str| {
        let _ = writeln!(page, "<tr><th>{what}<td>{}", escaped(value));
    };
    row("Name", &account.name);
    row("Account since", &account.created_at.to_string());
    row("Number", &account.id.to_string());
    row("Credits", &export.credits.balance.to_string());
    let counts = [
        ("Photos", export.photos.len()),
        ("Generations", export.generations.len()),
        ("Entries of the ledger", export.ledger.len()),
        ("Purchases", export.purchases.len()),
        ("Sessions", export.sessions.len()),
        ("API keys", export.api_keys.len()),
        ("Webhook endpoints", export.endpoints.len()),
        ("Logos of a brand kit", usize::from(export.brand.logo.is_some())),
        ("Usage events", export.usage.len()),
    ];
    for (what, count) in counts {
        row(what, &count.to_string());
    }
    for consent in &export.consents {
        let until = consent.withdrawn_at.map_or_else(|| "in force".to_owned(), |at| format!("until {at}"));
        let text = format!(
            "{} from {}, {until}; policy {}",
            consent.purpose, consent.given_at, consent.policy.version
        );
        row("Consent", &text);
    }
    page.push_str("</table>\n");
    for (title, class) in
        [("Photos", ObjectClass::Upload), ("Images", ObjectClass::Result), ("Previews", ObjectClass::Preview)]
    {
        let _ = writeln!(page, "<h2>{title}</h2>");
        let of_class: Vec<_> = pictures.iter().filter(|(_, key)| key.class() == class).collect();
        if of_class.is_empty() {
            page.push_str("<p>None is there any more.</p>\n");
        }
        for (name, _) in of_class {
            let name = escaped(name);
            let _ =
                writeln!(page, "<a href=\"{name}\"><img src=\"{name}\" alt=\"{name}\" loading=\"lazy\"></a>");
        }
    }
    page
}

/// A text as HTML shows it.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_t_become_a_script() {
        assert_eq!(escaped("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
    }
}
