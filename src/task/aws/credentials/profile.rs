//! Profiles of the shared files `~/.aws/credentials` and `~/.aws/config`.

use super::{Credentials, Environment, Source};
use std::collections::HashMap;
use std::io::ErrorKind;

/// What the shared files say about one profile.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Profile {
    pub credentials: Option<Credentials>,
    pub region: Option<String>,
}

/// Ways to credentials that a profile may name and that are not gone here.
const REFUSED: [&str; 4] = ["role_arn", "credential_process", "sso_session", "sso_start_url"];

impl Profile {
    /// The profile of a source: the one it names, or that of `AWS_PROFILE`, or `default`. Files that are not there
    /// are empty.
    pub fn read(source: &Source, environment: Environment<'_>) -> Result<Profile, String> {
        let named = match source {
            Source::Profile(name) => Some(name.clone()),
            _ => environment("AWS_PROFILE"),
        };
        let name = named.clone().unwrap_or_else(|| "default".into());
        // In the one file a profile's section has its name, in the other also the word.
        let (credentials, config) = (
            file("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment)?,
            file("AWS_CONFIG_FILE", "config", environment)?,
        );
        let config_name = if name == "default" { name.clone() } else { format!("profile {name}") };
        let sections = [section(&credentials, &name), section(&config, &config_name)];
        if named.is_some() && sections.iter().all(Option::is_none) {
            return Err(format!("no profile is called '{name}'"));
        }
        Profile::new(&name, &sections.into_iter().flatten().collect::<Vec<_>>())
    }

    /// From the sections about it; those before others win.
    fn new(name: &str, sections: &[HashMap<&str, &str>]) -> Result<Profile, String> {
        let get = |key: &str| sections.iter().find_map(|section| section.get(key)).map(|value| value.to_string());
        let region = get("region");
        let credentials = match (get("aws_access_key_id"), get("aws_secret_access_key")) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Some(Credentials { access_key_id, secret_access_key, session_token: get("aws_session_token") })
            }
            (None, None) => match REFUSED.iter().find(|key| get(key).is_some()) {
                Some(key) => return Err(format!("the profile '{name}' has `{key}`, which is not supported here")),
                None => None,
            },
            _ => return Err(format!("the profile '{name}' has one of its keys, and lacks the other")),
        };
        Ok(Profile { credentials, region })
    }
}

/// The text of a shared file.
fn file(variable: &str, name: &str, environment: Environment<'_>) -> Result<String, String> {
    let given = environment(variable);
    let usual = || environment("HOME").map(|home| format!("{home}/.aws/{name}"));
    let Some(path) = given.or_else(usual) else { return Ok(String::new()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("{path}: {error}")),
    }
}

/// The keys and values of a section, if it is there. What is indented belongs to the key above it and to nobody here.
fn section<'a>(text: &'a str, name: &str) -> Option<HashMap<&'a str, &'a str>> {
    let mut found: Option<HashMap<_, _>> = None;
    let mut inside = false;
    for line in text.lines().filter(|line| !line.starts_with(['#', ';', ' ', '\t'])) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            inside = title.split_whitespace().eq(name.split_whitespace());
            if inside {
                found.get_or_insert_default();
            }
        } else if let (true, Some((key, value))) = (inside, line.split_once('=')) {
            found.get_or_insert_default().insert(key.trim(), without_comment(value).trim());
        }
    }
    found
}

/// A comment in a line begins behind white space.
fn without_comment(value: &str) -> &str {
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    &value[..comment.unwrap_or(value.len())]
}
