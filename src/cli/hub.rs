//! How the hub is reached: the settings of every command that may pull, and the variables that other tools of the hub
//! read too. The token goes from the environment straight to where it is used; it is no setting, and is never recorded.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::error::SettingsError;
use super::groups::Group;
use super::keys::{Optional, Setting, own, setting, switch, within};
use super::layers::Layers;
use super::resolving::from_home;
use crate::commands::settings::Origin;
use crate::hub::{HubAccess, Token};

/// Whether nothing is fetched.
pub(super) const OFFLINE: Setting<bool> = switch(
    "offline",
    "Open no socket: models come from the cache, at the commits that are known there [also: HF_HUB_OFFLINE]",
)
.also(&["HF_HUB_OFFLINE"]);
const ENDPOINT: Setting<String> = setting("endpoint", "URL", "Address of the hub [also: HF_ENDPOINT]", own)
    .hint(ValueHint::Url)
    .also(&["HF_ENDPOINT"])
    .default("https://huggingface.co");
const HUB_CACHE: Optional<String> =
    setting("hub-cache", "DIR", "Folder of the cache, shared with other tools [also: HF_HUB_CACHE, HF_HOME]", own)
        .hint(ValueHint::DirPath)
        .also(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"])
        .or("the usual one");
const JOBS: Setting<usize> = setting("jobs", "COUNT", "Files that are fetched at the same time", |text| {
    within(text, 1..=64, "a whole number from 1 to 64")
})
.default("4");
/// How the hub is reached.
pub const GROUP: Group =
    Group { heading: Some("Hub"), keys: &[&OFFLINE.key, &ENDPOINT.key, &HUB_CACHE.key, &JOBS.key] };

/// Resolves how the hub is reached.
///
/// # Errors
/// A value does not fit.
pub fn access(layers: &mut Layers) -> Result<HubAccess, SettingsError> {
    let offline = layers.get(&OFFLINE)?;
    let endpoint = endpoint(layers)?;
    let cache = cache(layers)?;
    let jobs = layers.get(&JOBS)?;
    let token = if offline { None } else { token(layers)? };
    if token.is_some() {
        check_receiver(layers)?;
    }
    Ok(HubAccess { endpoint, cache, token, offline, jobs })
}

/// The address of the hub. Addresses are recorded, so none may carry a secret, and a refusal does not repeat it.
fn endpoint(layers: &mut Layers) -> Result<String, SettingsError> {
    let text = layers.get(&ENDPOINT)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.is_empty() || text.contains(['@', '?', '#', ' ']) {
        let message = "the address of the hub (--endpoint, HF_ENDPOINT) must be like https://huggingface.co, without a \
                       user or a query; a token belongs in HF_TOKEN";
        return Err(SettingsError::Conflict(message.to_owned()));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A token is sent where the user says, not where a file says that lies in the current folder.
fn check_receiver(layers: &Layers) -> Result<(), SettingsError> {
    match layers.source_of(&ENDPOINT.key) {
        Some(Origin::File(file)) => Err(SettingsError::Conflict(format!(
            "{} names another hub, and there is a token: to send it there, name the hub with --endpoint or HF_ENDPOINT",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// The cache that other tools of the hub use on this machine, unless another is named.
fn cache(layers: &mut Layers) -> Result<PathBuf, SettingsError> {
    if let Some((home, variable)) = home(layers)
        && !layers.is_given(&HUB_CACHE.key)
    {
        let cache = home.join("hub");
        layers.record(HUB_CACHE.key.name, cache.display().to_string(), Origin::Environment(variable.to_owned()));
        return Ok(cache);
    }
    let usual = usual_home().join("hub");
    let given = layers.find_or(&HUB_CACHE, &from_home(&usual))?;
    Ok(given.map_or(usual, |text| expanded(&text)))
}

/// The folder of the hub's tools, where a variable names it.
fn home(layers: &Layers) -> Option<(PathBuf, &'static str)> {
    let named = |variable: &str| layers.variable(variable).map(|text| expanded(&text));
    named("HF_HOME")
        .map(|home| (home, "HF_HOME"))
        .or_else(|| named("XDG_CACHE_HOME").map(|cache| (cache.join("huggingface"), "XDG_CACHE_HOME")))
}

fn usual_home() -> PathBuf {
    let home = dirs::home_dir().unwrap_or_else(|| PathBuf::from("."));
    home.join(".cache").join("huggingface")
}

/// A path of a variable; the hub's tools let it start at the user's home.
fn expanded(text: &str) -> PathBuf {
    match text.strip_prefix("~/").zip(dirs::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => PathBuf::from(text),
    }
}

/// The token: of a variable, or of the file that the hub's tools keep it in.
fn token(layers: &Layers) -> Result<Option<Token>, SettingsError> {
    let refuse = |place: String| {
        move |reason: &'static str| SettingsError::Conflict(format!("the token in {place} cannot be used: {reason}"))
    };
    for variable in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
        if let Some(text) = layers.variable(variable)
            && let Some(token) = Token::new(&text).map_err(refuse(variable.to_owned()))?
        {
            return Ok(Some(token));
        }
    }
    let in_home = || home(layers).map_or_else(usual_home, |(home, _)| home).join("token");
    let path = layers.variable("HF_TOKEN_PATH").map_or_else(in_home, |text| expanded(&text));
    read_token(&path).map_err(refuse(path.display().to_string()))
}

/// A file that is not there holds no token: it is where one would be kept.
fn read_token(path: &Path) -> Result<Option<Token>, &'static str> {
    match std::fs::read_to_string(path) {
        Ok(text) => Token::new(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err("the file cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::parsed;
    use crate::commands::settings::ResolvedSetting;

    fn resolved(flags: &[&str], variables: &[(&str, &str)]) -> (Result<HubAccess, String>, Vec<ResolvedSetting>) {
        let flags = parsed("evaluate", flags);
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let file = ConfigFile::default();
        let mut layers = Layers::new(&flags, &environment, &file);
        let access = access(&mut layers).map_err(|error| error.to_string());
        (access, layers.into_resolved())
    }

    fn hub(flags: &[&str], variables: &[(&str, &str)]) -> HubAccess {
        resolved(flags, variables).0.expect("resolves")
    }

    #[test]
    fn the_hub_s_variables_are_honoured() {
        let variables = [("HF_HUB_OFFLINE", "1"), ("HF_ENDPOINT", "http://127.0.0.1:1/"), ("HF_HUB_CACHE", "/c")];
        let access = hub(&[], &variables);
        assert_eq!((access.offline, access.endpoint.as_str()), (true, "http://127.0.0.1:1"));
        assert_eq!(access.cache, Path::new("/c"));
        assert!(!hub(&["--offline=false"], &variables).offline);
        assert!(!hub(&[], &[("HF_HUB_OFFLINE", "1"), ("WEIGHHOUSE_OFFLINE", "0")]).offline);
    }

    #[test]
    fn the_cache_is_found_as_other_tools_find_it() {
        let cache = |variables: &[(&str, &str)]| hub(&[], variables).cache;
        assert_eq!(cache(&[("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Path::new("/h/hub"));
        assert_eq!(cache(&[("XDG_CACHE_HOME", "/x")]), Path::new("/x/huggingface/hub"));
        assert_eq!(cache(&[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old")]), Path::new("/old"));
        assert!(cache(&[]).ends_with(".cache/huggingface/hub"));
        assert_eq!(hub(&["--hub-cache", "/f"], &[("HF_HOME", "/h")]).cache, Path::new("/f"));
        assert!(!cache(&[("HF_HUB_CACHE", "~/x")]).starts_with("~"));
    }

    #[test]
    fn a_token_is_found_and_never_recorded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "hf_file\n").expect("writes");
        let (home, file) = (folder.path().display().to_string(), path.display().to_string());
        let expected = |text: &str| Token::new(text).expect("a token");
        assert_eq!(hub(&[], &[("HF_TOKEN", "hf_a"), ("HF_TOKEN_PATH", &file)]).token, expected("hf_a"));
        assert_eq!(hub(&[], &[("HF_TOKEN_PATH", &file)]).token, expected("hf_file"));
        assert_eq!(hub(&[], &[("HF_HOME", &home)]).token, expected("hf_file"));
        assert_eq!(hub(&["--offline"], &[("HF_TOKEN", "hf_a")]).token, None);
        let (access, recorded) = resolved(&[], &[("HF_TOKEN", "hf_a")]);
        assert!(!format!("{access:?} {recorded:?}").contains("hf_a"));
        let refusal = resolved(&[], &[("HF_TOKEN", "hf a")]).0.expect_err("refused");
        assert!(refusal.contains("HF_TOKEN") && !refusal.contains("hf a"), "{refusal}");
    }

    #[test]
    fn a_token_goes_only_where_the_user_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, "endpoint = 'http://mirror:1'").expect("writes");
        let file = ConfigFile::find(Some(&path), &args::keys()).expect("parses");
        let resolve = |flags: &[&str], token: &str| {
            let flags = parsed("evaluate", flags);
            let variable = |name: &str| (name == "HF_TOKEN").then(|| token.to_owned());
            access(&mut Layers::new(&flags, &variable, &file)).map(|access| access.endpoint)
        };
        let refusal = resolve(&[], "hf_a").expect_err("refused").to_string();
        assert!(refusal.contains("w.toml names another hub") && !refusal.contains("hf_a"), "{refusal}");
        assert_eq!(resolve(&["--endpoint", "http://mirror:1"], "hf_a").expect("resolves"), "http://mirror:1");
    }

    #[test]
    fn an_address_is_checked_and_carries_no_secret() {
        for endpoint in ["hub.example", "ftp://x", "https:///", "https://u:p@hub", "http://h?x=1"] {
            let refusal = resolved(&["--endpoint", endpoint], &[]).0.expect_err("refused");
            assert!(refusal.contains("the address of the hub") && !refusal.contains(endpoint), "{refusal}");
        }
        assert_eq!(hub(&["--endpoint", "http://h:8/hub/"], &[]).endpoint, "http://h:8/hub");
    }
}
