//! JUnit's XML, as CI servers read it: suites of cases, and nothing of what they are about.

mod runs;

use std::fmt::Write as _;

pub use runs::Junit;

/// Cases that belong together.
#[derive(Clone, Debug)]
pub(in crate::report) struct Suite {
    pub(in crate::report) name: String,
    pub(in crate::report) cases: Vec<Case>,
    /// What the suite has to say as a whole.
    pub(in crate::report) output: String,
}

/// One case.
#[derive(Clone, Debug)]
pub(in crate::report) struct Case {
    pub(in crate::report) class: String,
    pub(in crate::report) name: String,
    pub(in crate::report) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(in crate::report) enum Outcome {
    Passed,
    Failed { message: String, text: String },
    Skipped { message: String },
}

/// All suites as one document.
pub(in crate::report) fn document(suites: &[Suite]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in suites {
        let count = |wanted: fn(&Outcome) -> bool| {
            suite.cases.iter().filter(|case| wanted(&case.outcome)).count()
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
            escaped(&suite.name),
            suite.cases.len(),
            count(|outcome| matches!(outcome, Outcome::Failed { .. })),
            count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
        );
        for case in &suite.cases {
            write_case(&mut xml, case);
        }
        if !suite.output.is_empty() {
            let _ = writeln!(xml, "    <system-out>{}</system-out>", escaped(&suite.output));
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn write_case(xml: &mut String, case: &Case) {
    let name = escaped(&case.name);
    let _ = write!(xml, "    <testcase classname=\"{}\" name=\"{name}\"", escaped(&case.class));
    let _ = match &case.outcome {
        Outcome::Passed => writeln!(xml, "/>"),
        Outcome::Failed { message, text } => writeln!(
            xml,
            ">\n      <failure message=\"{}\" type=\"failure\">{}</failure>\n    </testcase>",
            escaped(message),
            escaped(text)
        ),
        Outcome::Skipped { message } => {
            // The schema of Jenkins has a text here, and no attribute.
            writeln!(xml, ">\n      <skipped>{}</skipped>\n    </testcase>", escaped(message))
        }
    };
}

/// Text for an element or an attribute. What XML 1.0 cannot hold at all (2.2: most control
/// characters, U+FFFE and U+FFFF) becomes U+FFFD; a line end in an attribute would become a blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_what_means_something_is_escaped() {
        assert_eq!(
            escaped("a<b> & \"c\"\n\u{1b}[0m\u{0}é😀\u{fffe}"),
            "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}[0m\u{fffd}é😀\u{fffd}"
        );
    }

    #[test]
    fn counts_are_those_of_the_cases() {
        let case = |outcome| Case { class: "c".into(), name: "n".into(), outcome };
        let failed = Outcome::Failed { message: "m".into(), text: "t".into() };
        let skipped = Outcome::Skipped { message: "s".into() };
        let cases = vec![case(Outcome::Passed), case(failed.clone()), case(failed), case(skipped)];
        let xml = document(&[Suite { name: "s".into(), cases, output: String::new() }]);
        let counts = "name=\"s\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\"";
        assert!(xml.contains(counts), "{xml}");
        assert_eq!(xml.matches("<failure message=\"m\" type=\"failure\">t</failure>").count(), 2);
    }
}
