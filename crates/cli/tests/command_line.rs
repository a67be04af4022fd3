//! The command line without the engine: help, lists, mistakes and how they are answered.

mod support;

use std::io::Read;
use std::process::Stdio;

use support::Desk;

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let help = Desk::new().run(&["--help"]).expect(0).text();
    for word in ["headshot", "thumbnail", "check", "styles", "platforms", "completions", "Exit codes", "130"]
    {
        assert!(help.contains(word), "{word}");
    }
    for command in ["headshot", "thumbnail", "check", "styles", "platforms", "completions"] {
        let text = Desk::new().run(&[command, "--help"]).expect(0).text();
        assert!(text.contains("Usage: covershots") && text.contains("--json"), "{command}");
    }
}

#[test]
fn nonsense_asked_is_a_usage_error() {
    let desk = Desk::new();
    desk.run(&["serve", "--listen", "here"]).expect(2).complains(&["--listen"]);
    desk.run(&["headsot", "a.jpg"]).expect(2).complains(&["headshot"]);
    desk.run(&["headshot"]).expect(2).complains(&["PHOTO"]);
    desk.run(&["headshot", "a.jpg", "--aspect", "5:4"]).expect(2).complains(&["4:5"]);
    desk.run(&["headshot", "a.jpg", "--size", "4096"]).expect(2).complains(&["2048"]);
    desk.run(&["headshot", "a.jpg", "--count", "0"]).expect(2).complains(&["1..=16"]);
    desk.run(&["headshot", "a.jpg", "--platform", "cv", "--size", "800"])
        .expect(2)
        .complains(&["--platform"]);
}

#[test]
fn platforms_are_listed_for_people_and_for_programs() {
    let desk = Desk::new();
    assert!(desk.run(&["platforms"]).expect(0).text().contains("linkedin"));
    let list = desk.run(&["platforms", "--kind", "thumbnail", "--json"]).expect(0).json();
    let youtube = list.as_array().unwrap().iter().find(|row| row["id"] == "youtube").unwrap().clone();
    assert_eq!((youtube["width"].as_u64(), youtube["height"].as_u64()), (Some(1280), Some(720)));
    assert_eq!(youtube["max_bytes"], 2_000_000);
    assert!(list.as_array().unwrap().iter().all(|row| row["kind"] == "thumbnail"));
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Desk::new().run(&["completions", shell]).expect(0).text();
        assert!(script.contains("covershots") && script.contains("thumbnail"), "{shell}");
    }
    Desk::new().run(&["completions", "tcsh"]).expect(2);
}

#[test]
fn a_style_of_ones_own_is_listed_with_the_others() {
    let desk = Desk::new();
    desk.own_style("my-office");
    let list = desk.run(&["styles", "--json", "--styles-folder", "styles"]).expect(0).json();
    let mine = list.as_array().unwrap().iter().find(|row| row["id"] == "my-office").unwrap().clone();
    assert_eq!((mine["kind"].as_str(), mine["category"].as_str()), (Some("headshot"), Some("Own")));
    let text = desk.run(&["styles", "--kind", "headshot", "--styles-folder", "styles"]).expect(0).text();
    assert!(text.contains("headshot: Own\n") && text.contains("my-office"), "{text}");
}

#[test]
fn the_style_that_the_readme_shows_is_sound() {
    let readme = include_str!("../../../README.md");
    let (_, style) = readme.split_once("# my-styles/headshot/harbour.toml\n").unwrap();
    let lines = style.lines().take_while(|line| line.is_empty() || line.starts_with("    "));
    let desk = Desk::new();
    desk.put(
        "my-styles/headshot/harbour.toml",
        lines.map(|line| format!("{}\n", line.trim())).collect::<String>(),
    );
    let text = desk.run(&["styles", "--styles-folder", "my-styles"]).expect(0).text();
    assert!(text.contains("harbour") && text.contains("Our own blue"), "{text}");
}

#[test]
fn a_bad_style_is_refused_with_file_line_and_field() {
    let desk = Desk::new();
    desk.own_style("good");
    desk.put("styles/headshot/bad.toml", "name = \"Bad\"\ndescription = \"d\"\ncategry = \"c\"\n");
    desk.put("styles/thumbnail/Loud.toml", "");
    let end = desk.run(&["styles", "--styles-folder", "styles"]).expect(2);
    let end = end.complains(&["styles/headshot/bad.toml:3: categry", "did you mean category?"]);
    end.complains(&["styles/thumbnail/Loud.toml:1: ", "lower-case"]);
    desk.run(&["styles", "--styles-folder", "nowhere"]).expect(2).complains(&["nowhere", "--styles-folder"]);
    std::fs::create_dir(desk.path("empty")).unwrap();
    desk.run(&["styles", "--styles-folder", "empty"]).expect(2).complains(&["empty/headshot"]);
}

#[test]
fn an_unknown_style_or_platform_is_answered_with_what_was_meant() {
    let desk = Desk::new();
    desk.own_style("my-office");
    let end = desk.run(&["headshot", "a.jpg", "--style", "my-offce", "--styles-folder", "styles"]).expect(2);
    end.complains(&["my-offce", "did you mean my-office?"]);
    let end = desk.run(&["headshot", "a.jpg", "--platform", "linkdin"]).expect(2);
    end.complains(&["did you mean linkedin?"]);
    let end = desk.run(&["thumbnail", "a.jpg", "--size", "youtub"]).expect(2);
    end.complains(&["did you mean youtube"]);
    assert!(desk.files("out").is_empty(), "nothing was touched");
}

#[test]
fn what_does_not_go_together_is_refused_before_any_work() {
    let desk = Desk::new();
    desk.own_style("mine");
    let refuse = |arguments: &[&str], parts: &[&str]| {
        let all: Vec<_> = arguments.iter().copied().chain(["--styles-folder", "styles"]).collect();
        desk.run(&all).expect(2).complains(parts);
    };
    refuse(
        &["headshot", "a.jpg", "--style", "mine", "--count", "2", "-o", "-"],
        &["one picture only", "--count 1"],
    );
    refuse(&["headshot", "a.jpg", "b.jpg", "--style", "mine", "-o", "me.jpg"], &["one picture only"]);
    refuse(&["headshot", "a.jpg", "--style", "mine", "-o", "-", "--json"], &["--json"]);
    refuse(&["headshot", "a.jpg", "--style", "mine", "-o", "me.png", "--format", "jpeg"], &["ending .jpg"]);
    refuse(&["headshot", "a.jpg", "--style", "mine", "--background", "#12345"], &["#rrggbb"]);
    refuse(
        &["headshot", "a.jpg", "--style", "mine", "--background", "none.jpg"],
        &["none.jpg", "can't be read"],
    );
    refuse(&["headshot", "a.jpg", "--format", "cutout", "--style", "mine"], &["--style"]);
    refuse(&["thumbnail", "a.jpg", "--size", "12x12"], &["320 to 2048"]);
    refuse(&["thumbnail", "a.jpg", "--title", " "], &["title is empty"]);
    refuse(&["thumbnail", "a.jpg", "--title", "a", "--title", "b"], &["--test text"]);
    let four = ["--title", "a", "--title", "b", "--title", "c", "--title", "d"];
    refuse(&[&["thumbnail", "a.jpg", "--test", "text"], &four[..]].concat(), &["three titles"]);
    refuse(&["thumbnail", "a.jpg", "--brand", "#123456"], &["two colours"]);
    refuse(&["thumbnail", "a.jpg", "--logo", "none.png"], &["none.png", "can't be read"]);
    refuse(&["thumbnail", "a.jpg", "--test", "colour"], &["--title"]);
    assert!(desk.files("out").is_empty());
}

#[test]
fn what_is_there_already_is_not_overwritten() {
    let desk = Desk::new();
    desk.own_style("mine");
    desk.put("out/a-mine-2.jpg", "precious");
    let headshot = ["headshot", "a.jpg", "--style", "mine", "--styles-folder", "styles"];
    desk.run(&headshot).expect(2).complains(&["out/a-mine-2.jpg", "--force"]);
    desk.put("me.jpg", "precious too");
    let mut single = headshot.to_vec();
    single.extend(["-o", "me.jpg"]);
    desk.run(&single).expect(2).complains(&["me.jpg", "--force"]);
    assert_eq!(std::fs::read(desk.path("out/a-mine-2.jpg")).unwrap(), b"precious");
    assert_eq!(desk.files("out"), ["out/a-mine-2.jpg"]);
}

#[test]
fn an_output_folder_that_is_a_file_is_refused() {
    let desk = Desk::new();
    desk.own_style("mine");
    desk.put("pictures", "a file");
    let end =
        desk.run(&["headshot", "a.jpg", "--style", "mine", "--styles-folder", "styles", "-o", "pictures"]);
    end.expect(2).complains(&["pictures", "-o"]);
}

#[test]
fn a_mistake_in_the_configuration_is_named() {
    let desk = Desk::new();
    desk.put("covershots.toml", "[limits]\nmax_side = 3\n");
    desk.run(&["check", "a.jpg"]).expect(2).complains(&["covershots.toml", "limits.max_side is 3"]);
    desk.put("other.toml", "[limit]\n");
    desk.run(&["check", "a.jpg", "--config", "other.toml"]).expect(2).complains(&["other.toml", "limit"]);
    desk.run(&["check", "a.jpg", "--config", "none.toml"]).expect(2).complains(&["none.toml", "--config"]);
}

#[test]
fn photos_that_are_not_there_are_named_and_counted() {
    let desk = Desk::new();
    desk.put("empty.jpg", "");
    let end = desk.run(&["check", "none.jpg", "empty.jpg"]).expect(3);
    end.complains(&["none.jpg: can't be read", "empty.jpg: is empty", "2 of 2 photos failed"]);
    let report = desk.run(&["check", "none.jpg", "--json"]).expect(3).json();
    assert_eq!((report["done"].as_u64(), report["failed"].as_u64()), (Some(0), Some(1)));
    assert_eq!(report["photos"][0]["photo"], "none.jpg");
    assert!(report["photos"][0]["error"].as_str().unwrap().contains("can't be read"));
    std::fs::create_dir(desk.path("album")).unwrap();
    desk.run(&["check", "album"]).expect(2).complains(&["album", "no photo"]);
}

#[test]
fn a_file_beyond_the_limit_is_refused_by_its_size() {
    let desk = Desk::new();
    desk.put("covershots.toml", "[limits]\nmax_megabytes = 1\n");
    desk.put("large.jpg", vec![0; 1_000_001]);
    desk.run(&["check", "large.jpg"]).expect(3).complains(&["large.jpg", "1 MB", "limits.max_megabytes"]);
    desk.run_with_stdin(&["check", "-"], &vec![0; 1_000_001])
        .expect(3)
        .complains(&["standard input", "1 MB"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let desk = Desk::new();
    let mut child =
        desk.command(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

/// Waits, without sleeping, until the program has set its handler, then sends what Ctrl-C sends.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_with_130() {
    let desk = Desk::new();
    let mut child =
        desk.command(&["check", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // `wait` would close it, and the end of the input would race with the signal.
    let stdin = child.stdin.take();
    let status = format!("/proc/{}/status", child.id());
    let catches_interrupt = || {
        let text = std::fs::read_to_string(&status).unwrap();
        let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap() & 0b10 != 0
    };
    while !catches_interrupt() {
        assert_eq!(child.try_wait().unwrap(), None, "it waits for standard input");
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}
