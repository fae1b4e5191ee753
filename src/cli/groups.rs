//! Flags in groups, as the help shows them; a subcommand takes the groups it needs. All values are text here.

use clap::{Args, ValueHint};

/// Name of the value of every switch, by which the command line knows a switch.
pub const SWITCH: &str = "BOOL";

/// What is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Samples: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; - for JSON lines from stdin.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "datasets/samples.jsonl")]
    pub samples: Option<String>,
    /// Drop samples whose response holds one of the phrases in this file, one a line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub drop_phrases: Option<String>,
    /// Largest size of a submission's files, in bytes or like 15GiB [default: the preset's].
    #[arg(long, value_name = "SIZE")]
    pub max_repo_bytes: Option<String>,
    /// Skip submissions whose weight norms look tampered with.
    #[arg(long, value_name = SWITCH, default_value = "true")]
    pub weight_norms: Option<String>,
}

/// How records are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Records")]
pub struct RecordsArgs {
    /// What the files call columns, like prompt=question,response=answer [default: as this program does].
    #[arg(long, value_name = "COLUMN=NAME,…")]
    pub columns: Option<String>,
    /// Leave out bad rows, each with a warning, instead of ending the run.
    #[arg(long, value_name = SWITCH)]
    pub skip_bad_rows: Option<String>,
}

/// What is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Folder for the tables, plots and the report.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "reports/evaluate")]
    pub out: Option<String>,
    /// Folder in which measured losses are kept for later runs [default: the user's cache folder].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<String>,
    /// Measure all again, whatever the store holds.
    #[arg(long, value_name = SWITCH)]
    pub fresh: Option<String>,
}

/// How much room pulled models take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Disk")]
pub struct RoomArgs {
    /// What all that was pulled may take, like 100GB: evaluated models make place for the next [default: no limit].
    #[arg(long, value_name = "SIZE")]
    pub disk_budget: Option<String>,
    /// Remove no model, whatever the budget; what does not fit is skipped.
    #[arg(long, value_name = SWITCH)]
    pub keep: Option<String>,
}

/// How losses are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RulesArgs {
    /// Rules of a network: finetuning-subnet, finetuning-doc, pretraining or finetuning-successor.
    #[arg(long, value_name = "NAME", default_value = "finetuning-subnet")]
    pub preset: Option<String>,
    /// Boost of the earlier submission: a number, or linear:START:END:BLOCKS [default: the preset's].
    #[arg(long, value_name = "EPSILON")]
    pub epsilon: Option<String>,
    /// Temperature of the softmax over win rates [default: the preset's].
    #[arg(long, value_name = "NUMBER")]
    pub temperature: Option<String>,
    /// Weight of the old value in the moving average over steps [default: the preset's].
    #[arg(long, value_name = "NUMBER")]
    pub alpha: Option<String>,
    /// Submissions that a competition keeps for its next step [default: the preset's].
    #[arg(long, value_name = "COUNT")]
    pub sample_min: Option<String>,
}

/// What is simulated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Steps")]
pub struct StepArgs {
    /// Number of steps [default: one per competition].
    #[arg(long, value_name = "COUNT")]
    pub steps: Option<String>,
    /// Samples that a step draws, the same for all submissions [default: the preset's].
    #[arg(long, value_name = "COUNT")]
    pub samples_per_step: Option<String>,
    /// The chain's block at the first step [default: the latest block among the submissions].
    #[arg(long, value_name = "BLOCK")]
    pub current_block: Option<String>,
    /// Blocks that pass from one step to the next.
    #[arg(long, value_name = "COUNT", default_value = "360")]
    pub blocks_per_step: Option<String>,
    /// Seed of everything that is drawn at random.
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    pub seed: Option<String>,
}

/// How losses are measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Measuring")]
pub struct MeasuringArgs {
    /// Where to measure: auto, cpu, cuda, cuda:N or metal.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: Option<String>,
    /// Number type to compute in: auto, f32, bf16 or f16.
    #[arg(long, value_name = "DTYPE", default_value = "auto")]
    pub dtype: Option<String>,
    /// Largest number of tokens in one batch.
    #[arg(long, value_name = "COUNT", default_value = "4096")]
    pub batch_tokens: Option<String>,
    /// Longest sequence in tokens; longer ones are truncated [default: the preset's].
    #[arg(long, value_name = "TOKENS")]
    pub sequence_length: Option<String>,
    /// Chat template: auto for each model's own, none for plain concatenation, or a Jinja file.
    #[arg(long, value_name = "TEMPLATE", value_hint = ValueHint::FilePath, default_value = "auto")]
    pub template: Option<String>,
    /// Rules of tokenizers: transformers-5, which builds some classes anew, or file for tokenizer.json as it stands.
    #[arg(long, value_name = "RULES", default_value = "transformers-5")]
    pub tokenizer_rules: Option<String>,
    /// Date that chat templates see, as YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
}

/// How sure the result is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Uncertainty")]
pub struct UncertaintyArgs {
    /// Bootstrap resamples behind the intervals.
    #[arg(long, value_name = "COUNT", default_value = "10000")]
    pub resamples: Option<String>,
    /// Confidence level of the intervals.
    #[arg(long, value_name = "LEVEL", default_value = "0.95")]
    pub confidence: Option<String>,
}

/// The options that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub struct CommonArgs {
    /// Form of the table on stdout: table, json or markdown.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: Option<String>,
    /// Say nothing but warnings and errors on stderr.
    #[arg(long, short, value_name = SWITCH)]
    pub quiet: Option<String>,
    /// Read settings from this file instead of weighhouse.toml in the current folder.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<String>,
    /// Print every setting with its value and where it came from, and stop.
    #[arg(long)]
    pub show_settings: bool,
}
