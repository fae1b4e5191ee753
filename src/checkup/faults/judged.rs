//! What must be seen of a run whose device fails, by what was seen. A judgement is the note of a row that passes, or why
//! it fails.

use super::seen::Seen;

/// Tables that equal runs write alike.
const TABLES: [&str; 4] = ["losses.parquet", "wins.parquet", "weights.parquet", "steps.parquet"];
/// What a run says whose batches did not fit, among the warnings that it keeps.
const HALVED: &str = "the device's memory did not hold";

type Judged<T = String> = Result<T, String>;

/// A run without any fault.
pub fn sound(whole: &Seen) -> Judged<()> {
    ends_with(whole, 0).map_err(|why| format!("without any fault, {why}"))
}

/// A run whose device does not hold a batch, beside one whose device does.
pub fn short_of_memory(whole: &Seen, short: &Seen) -> Judged {
    ends_with(short, 0)?;
    let record = short.files.get("run.json").map(|bytes| String::from_utf8_lossy(bytes));
    if !record.is_some_and(|record| record.contains(HALVED)) {
        return Err("it met no lack of memory, or does not tell".into());
    }
    same_tables(whole, short)?;
    Ok("it asked for less at once, and its tables are those of a whole run".into())
}

/// A run whose device breaks, which is to end with the code `due`, and the same command again, beside a run without any
/// fault.
pub fn broken(due: u8, whole: &Seen, broken: &Seen, again: &Seen) -> Judged {
    ends_with(broken, due)?;
    nothing_ranked(broken)?;
    only_whole_parts(&broken.kept)?;
    ends_with(again, 0)?;
    same_tables(whole, again)?;
    Ok(format!(
        "it ended with {due}, ranked nothing and kept what it had; run again, it went on to the tables of a whole \
         run; it said: {}",
        broken.last_words
    ))
}

fn ends_with(run: &Seen, code: u8) -> Judged<()> {
    match run.code == Some(code.into()) {
        true => Ok(()),
        false => Err(format!("it ended with {} and not with {code}: {}", run.ended, run.last_words)),
    }
}

fn nothing_ranked(run: &Seen) -> Judged<()> {
    match (run.has_printed, run.files.len()) {
        (false, 0) => Ok(()),
        (_, written) => Err(format!("it printed or wrote a result: {written} files in its folder")),
    }
}

/// The store holds what was measured before the fault, and nothing half written.
fn only_whole_parts(kept: &[String]) -> Judged<()> {
    if let Some(other) = kept.iter().find(|name| !name.ends_with(".parquet") && !name.ends_with(".json")) {
        return Err(format!("{other} was left in the store"));
    }
    match kept.iter().any(|name| name.ends_with(".parquet")) {
        true => Ok(()),
        false => Err("what was measured before the fault was not kept".into()),
    }
}

fn same_tables(whole: &Seen, run: &Seen) -> Judged<()> {
    for table in TABLES {
        match (whole.files.get(table), run.files.get(table)) {
            (Some(whole), Some(own)) if whole == own => {}
            (_, None) => return Err(format!("{table} is missing")),
            _ => return Err(format!("{table} is not that of a run without the fault")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: u8 = 75;

    /// A run that ended so and whose tables are these bytes.
    fn run(code: i32, tables: &[u8]) -> Seen {
        let files = TABLES.map(|table| (table.to_owned(), tables.to_vec()));
        Seen {
            code: Some(code),
            ended: format!("exit status: {code}"),
            last_words: "its last words".into(),
            files: files.into(),
            kept: vec!["ab/1.parquet".into(), "ab/model.json".into()],
            ..Seen::default()
        }
    }

    fn fallen() -> Seen {
        Seen { files: [].into(), ..run(DUE.into(), b"") }
    }

    fn refused(came_to: Judged, why: &str) {
        assert!(came_to.as_ref().is_err_and(|told| told.contains(why)), "{came_to:?}");
    }

    #[test]
    fn a_device_that_breaks_and_a_run_that_goes_on_pass() {
        let whole = run(0, b"tables");
        let note = broken(DUE, &whole, &fallen(), &whole).unwrap();
        assert!(note.ends_with("it said: its last words"), "{note}");
    }

    #[test]
    fn a_run_that_ends_well_on_a_broken_device_fails() {
        let whole = run(0, b"tables");
        refused(broken(DUE, &whole, &Seen { code: Some(0), ..fallen() }, &whole), "not with 75: its last words");
        refused(
            broken(DUE, &whole, &Seen { code: None, ended: "signal: 6".into(), ..fallen() }, &whole),
            "with signal: 6",
        );
        assert!(sound(&run(3, b"")).unwrap_err().starts_with("without any fault, it ended with exit status: 3"));
    }

    #[test]
    fn a_ranking_of_a_broken_device_fails() {
        let whole = run(0, b"tables");
        let written = Seen { files: [("weights.parquet".to_owned(), Vec::new())].into(), ..fallen() };
        for ranked in [written, Seen { has_printed: true, ..fallen() }] {
            refused(broken(DUE, &whole, &ranked, &whole), "printed or wrote a result");
        }
    }

    #[test]
    fn a_store_that_keeps_a_half_or_nothing_fails() {
        let whole = run(0, b"tables");
        let keeping = |names: &[&str]| Seen { kept: names.iter().map(|&name| name.into()).collect(), ..fallen() };
        refused(broken(DUE, &whole, &keeping(&["ab/1.parquet", "ab/2.part"]), &whole), "ab/2.part was left");
        refused(broken(DUE, &whole, &keeping(&["ab/1.parquet", "ab/2"]), &whole), "ab/2 was left");
        refused(broken(DUE, &whole, &keeping(&["ab/model.json"]), &whole), "was not kept");
        refused(broken(DUE, &whole, &keeping(&[]), &whole), "was not kept");
    }

    #[test]
    fn tables_that_differ_or_lack_after_a_fault_fail() {
        let whole = run(0, b"tables");
        refused(broken(DUE, &whole, &fallen(), &run(0, b"tablet")), "losses.parquet is not that");
        refused(broken(DUE, &whole, &fallen(), &fallen()), "not with 0");
        refused(broken(DUE, &whole, &fallen(), &Seen { files: [].into(), ..run(0, b"") }), "losses.parquet is missing");
    }

    #[test]
    fn a_run_short_of_memory_must_meet_that_and_come_to_the_same() {
        let whole = run(0, b"tables");
        let short = |warning: &str, tables| {
            let mut seen = run(0, tables);
            seen.files.insert("run.json".into(), format!("[\"uid 1: {warning} 90 tokens\"]").into_bytes());
            seen
        };
        assert!(short_of_memory(&whole, &short(HALVED, b"tables")).is_ok());
        refused(short_of_memory(&whole, &short("there was room for", b"tables")), "met no lack of memory");
        refused(short_of_memory(&whole, &run(0, b"tables")), "met no lack of memory");
        refused(short_of_memory(&whole, &short(HALVED, b"others")), "losses.parquet is not that");
        refused(short_of_memory(&whole, &fallen()), "not with 0");
    }
}
