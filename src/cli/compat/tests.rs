use super::*;

fn said(line: &str) -> Result<String, String> {
    let words = line.split(' ').map(OsString::from).collect();
    match in_our_words(words)? {
        Said::Help(text) => Ok(text),
        Said::Ours(words) => {
            let words: Vec<_> = words.into_iter().map(|word| word.into_string().unwrap()).collect();
            Ok(words.join(" "))
        }
    }
}

#[test]
fn what_others_say_is_said_in_our_words() {
    let local = "dynatape serve --compat dynamodb-local";
    let dynalite = "dynatape serve --compat dynalite";
    let moments = "--create-table-ms 500 --delete-table-ms 500 --update-table-ms 500";
    for (theirs, ours) in [
        (
            format!("{local} -inMemory -sharedDb -port 8000"),
            format!("{local} --port 8000 --isolation none"),
        ),
        (format!("{local} -inMemory"), format!("{local} --isolation client")),
        (format!("{local} --inMemory --port 1"), format!("{local} --port 1 --isolation client")),
        (local.to_owned(), format!("{local} --isolation client --db .")),
        (
            format!("{local} -sharedDb -dbPath src"),
            format!("{local} --isolation none --db src/shared-local-instance.db"),
        ),
        (
            format!("{local} -Djava.library.path=./L -Xmx1g -jar D.jar -inMemory -cors *"),
            format!("{local} --isolation client"),
        ),
        (
            format!("{local} -inMemory -delayTransientStatuses -disableTelemetry"),
            format!("{local} --update-table-ms 15000 --isolation client"),
        ),
        (
            format!("{local} -inMemory --seed 7 -- npm test -port 3"),
            format!("{local} --seed 7 --isolation client -- npm test -port 3"),
        ),
        (format!("{local} -version"), "dynatape --version".to_owned()),
        (
            format!("{dynalite} --port 4567 --createTableMs 0 -d"),
            format!(
                "{dynalite} --port 4567 --create-table-ms 0 --delete-table-ms 500 \
                 --update-table-ms 500 --isolation none"
            ),
        ),
        (
            "dynatape serve --createTableMs=0 --deleteTableMs=1 --updateTableMs=2 --compat=dynalite"
                .to_owned(),
            "dynatape serve --create-table-ms 0 --delete-table-ms 1 --update-table-ms 2 \
             --compat=dynalite --isolation none"
                .to_owned(),
        ),
        (
            format!("{dynalite} --ssl --host ::1 --maxItemSizeKb 400 --timing real"),
            format!("{dynalite} --tls --host ::1 --timing real --isolation none"),
        ),
        (format!("{dynalite} --tls"), format!("{dynalite} --tls {moments} --isolation none")),
    ] {
        assert_eq!(said(&theirs), Ok(ours), "{theirs}");
    }
}

#[test]
fn command_lines_of_ours_stay_as_they_are() {
    for line in [
        "dynatape serve --port 1",
        "dynatape serve --compat other -inMemory",
        "dynatape serve --compat",
        "dynatape serve -- dynalite --compat dynalite",
        "dynatape replay --compat dynalite",
        "dynatape",
    ] {
        assert_eq!(said(line).as_deref(), Ok(line));
    }
}

#[test]
fn what_there_is_not_is_refused_with_what_there_is() {
    let local = "dynatape serve --compat dynamodb-local";
    let dynalite = "dynatape serve --compat dynalite";
    for (line, why) in [
        (format!("{local} -inMemory -dbPath src"), "give one of them"),
        (format!("{local} -dbPath no/such"), "-dbPath no/such: there is no such folder"),
        (format!("{local} -inMemory -optimizeDbBeforeStartup"), "give that, too"),
        (
            format!("{local} -inMemory -cors a.example"),
            "-cors a.example: web pages of every origin",
        ),
        (format!("{local} -inmemory"), "DynamoDB Local has no flag -inmemory\n\nFlags of"),
        (format!("{local} -port"), "-port needs a value: -port PORT"),
        (
            format!("{dynalite} --maxItemSizeKb 1000"),
            "--maxItemSizeKb 1000: an item may have 400 KB",
        ),
        (format!("{dynalite} --key k"), "--tls-cert FILE --tls-key FILE"),
        (format!("{dynalite} -port 1"), "dynalite has no flag -port"),
    ] {
        let refusal = said(&line).expect_err(&line);
        assert!(refusal.contains(why), "{line}: {refusal}");
    }
}

#[test]
fn help_and_the_page_for_users_name_every_flag() {
    let page = include_str!("../../../docs/drop-in.md");
    for peer in Peer::value_variants() {
        let value = peer.to_possible_value().unwrap();
        let help = said(&format!("dynatape serve --compat {} --help", value.get_name())).unwrap();
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
        for flag in program(*peer).flags {
            assert!(help.contains(flag.about), "{}: {help}", flag.names[0]);
            for name in flag.names {
                let ours = ["help", "h", "version"].contains(name);
                assert!(
                    ours || page.contains(&format!("-{}", name.trim_end_matches('*'))),
                    "{name} is not in docs/drop-in.md"
                );
            }
        }
    }
}
