//! The output folder of a run. It is opened before the work starts, so that a bad path fails at once, and filled at
//! the end, each file atomically.

use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::plots::Figure;
use super::run_record::RunRecord;
use super::{Report, atomic, page};

/// A folder that exists and takes files.
#[derive(Debug, Clone)]
pub struct ReportFolder {
    path: PathBuf,
}

impl ReportFolder {
    /// Creates the folder where it is missing and makes sure that it takes files; what is in it stays.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ReportError> {
        let path = path.into();
        let usable = std::fs::create_dir_all(&path).and_then(|()| atomic::temporary_in(&path));
        match usable {
            Ok(_removed_on_drop) => Ok(Self { path }),
            Err(cause) => Err(ReportError::Folder { path, cause }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes files that an earlier run left and that would be taken for this one's, should it fail.
    pub fn clear(&self, names: &[&str]) -> Result<(), ReportError> {
        names.iter().try_for_each(|name| remove_if_there(&self.path.join(name)))
    }

    /// Writes every file of the report: plots, tables, `report.html` and, last, `run.json`; a folder with a `run.json`
    /// is complete. Files of an earlier run are replaced, plots that this one lacks removed, and its `run.json` first.
    pub fn write<R: Report>(&self, report: &R, record: &RunRecord) -> Result<(), ReportError> {
        let (page, run_json) = (self.path.join("report.html"), self.path.join("run.json"));
        remove_if_there(&run_json)?;
        let figures = report.plots().iter().map(|plot| plot.draw(&self.path)).collect::<Result<Vec<_>, _>>()?;
        self.remove_other_figures(R::PLOTS, &figures)?;
        for sheet in report.sheets() {
            let file = self.path.join(format!("{}.parquet", sheet.schema.name));
            sheet.write(&file)?;
        }
        figures.iter().try_for_each(|figure| self.write_figure(figure))?;
        for file in report.texts(&self.path)? {
            atomic::write_bytes(&self.path.join(file.name), file.text.as_bytes())?;
        }
        let html = page::render(&page, &report.page(), record, &figures)?;
        atomic::write_bytes(&page, html.as_bytes())?;
        record.write(&run_json)
    }

    /// Removes the figures that an earlier run left and this one does not write; all else is replaced.
    fn remove_other_figures(&self, names: &[&str], figures: &[Figure]) -> Result<(), ReportError> {
        let others = names.iter().filter(|name| figures.iter().all(|figure| figure.name != **name));
        let mut files = others.flat_map(|name| ["svg", "png"].map(|ending| self.path.join(format!("{name}.{ending}"))));
        files.try_for_each(|file| remove_if_there(&file))
    }

    fn write_figure(&self, figure: &Figure) -> Result<(), ReportError> {
        atomic::write_bytes(&self.path.join(format!("{}.svg", figure.name)), figure.svg.as_bytes())?;
        atomic::write_bytes(&self.path.join(format!("{}.png", figure.name)), &figure.png)
    }
}

fn remove_if_there(path: &Path) -> Result<(), ReportError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ReportError::file(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::calibration::testing as calibration_testing;
    use crate::report::evaluation::testing;

    fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn equal_runs_write_equal_files() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&first, &second] {
            let folder = ReportFolder::open(folder.path()).unwrap();
            folder.write(&testing::evaluation(5, 30, 4), &testing::record()).unwrap();
        }
        let names: Vec<_> = contents(first.path()).into_iter().map(|(name, _)| name).collect();
        let expected = [
            "components.parquet",
            "losses.parquet",
            "losses.png",
            "losses.svg",
            "report.html",
            "run.json",
            "steps.parquet",
            "timings.parquet",
            "weights.parquet",
            "weights.png",
            "weights.svg",
            "wins.parquet",
            "wins.png",
            "wins.svg",
        ];
        assert_eq!(names, expected);
        assert!(contents(first.path()) == contents(second.path()));
    }

    #[test]
    fn equal_calibrations_write_equal_files_and_run_json_last() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let findings = calibration_testing::labelled();
        for folder in [&first, &second] {
            let folder = ReportFolder::open(folder.path()).unwrap();
            folder.write(&findings, &calibration_testing::record()).unwrap();
        }
        assert!(contents(first.path()) == contents(second.path()));
        let names: Vec<_> = contents(first.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.iter().filter(|name| name.ends_with(".parquet")).count(), 13);
        assert_eq!(names.iter().filter(|name| name.ends_with(".svg")).count(), 5);
        // A table that cannot be written leaves a folder without a run.json: incomplete, and seen to be.
        std::fs::remove_file(first.path().join("rates.parquet")).unwrap();
        std::fs::create_dir(first.path().join("rates.parquet")).unwrap();
        let folder = ReportFolder::open(first.path()).unwrap();
        let error = folder.write(&findings, &calibration_testing::record()).unwrap_err();
        assert!(error.to_string().contains("rates.parquet"), "{error}");
        assert!(!first.path().join("run.json").exists());
    }

    #[test]
    fn plots_of_an_earlier_run_do_not_stay() {
        let out = tempfile::tempdir().unwrap();
        let folder = ReportFolder::open(out.path()).unwrap();
        let plots = || {
            let names = contents(out.path()).into_iter().map(|(name, _)| name);
            names.filter(|name| name.ends_with(".svg") || name.ends_with(".png")).collect::<Vec<_>>()
        };
        folder.write(&calibration_testing::labelled(), &calibration_testing::record()).unwrap();
        assert_eq!(plots().len(), 10);
        std::fs::write(out.path().join("mine.svg"), "not of this program").unwrap();
        folder.write(&calibration_testing::findings(9, 1, None), &calibration_testing::record()).unwrap();
        assert_eq!(plots(), ["fpr.png", "fpr.svg", "mine.svg", "scores.png", "scores.svg"]);
    }

    #[test]
    fn a_path_that_is_a_file_is_refused_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = ReportFolder::open(file.path().join("report")).unwrap_err().to_string();
        assert!(error.contains("--out") && error.contains("report"), "{error}");
    }
}
