//! The hub's answers: which path means what, who may see it, and what is said. Nothing here touches a socket.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::content::sha1_hex;
use super::http::{Reply, Request, decode, encode};
use super::site::{Access, Commit, Entry, Repo, Site};

const DATE: &str = "2026-01-01T00:00:00.000Z";

/// A request, the site it is answered from, and the addresses that links begin with.
pub struct Hub<'a> {
    /// Where the repositories are.
    pub site: &'a Site,
    /// The request.
    pub request: &'a Request,
    /// The address of the hub.
    pub url: &'a str,
    /// The address of the CDN.
    pub cdn: &'a str,
}

/// A repository, a commit of it, and their names.
struct Found<'a> {
    id: String,
    repo: &'a Repo,
    sha: &'a str,
    commit: &'a Commit,
}

impl<'a> Hub<'a> {
    /// The answer, whatever it is.
    pub fn answer(&self) -> Reply {
        if !matches!(self.request.method.as_str(), "GET" | "HEAD") {
            return Reply::error(405, "", "Only GET and HEAD are served");
        }
        self.route().unwrap_or_else(|refusal| refusal)
    }

    fn route(&self) -> Result<Reply, Reply> {
        let path = self.request.split().0;
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        match parts.as_slice() {
            ["api", "models", ns, name] => self.info(ns, name, "main"),
            ["api", "models", ns, name, "revision", revision] => self.info(ns, name, revision),
            ["api", "models", ns, name, "tree", revision, under @ ..] => self.tree(ns, name, revision, under),
            ["api", "resolve-cache", "models", ns, name, sha, path @ ..] => self.resolve(ns, name, sha, path, false),
            ["cdn", ns, name, sha256] => self.cdn(ns, name, sha256),
            [ns, name, "resolve", revision, path @ ..] => self.resolve(ns, name, revision, path, true),
            _ => Err(Reply::error(404, "", "Sorry, we can't find the page you are looking for.")),
        }
    }

    fn find(&self, ns: &str, name: &str, revision: &str, files: bool) -> Result<Found<'a>, Reply> {
        let id = format!("{}/{}", decode(ns), decode(name));
        let repo = self.repo(&id, files)?;
        let revision = decode(revision);
        let unknown = || Reply::error(404, "RevisionNotFound", &format!("Invalid rev id: {revision}"));
        let (sha, commit) = repo.revision(&revision).ok_or_else(unknown)?;
        Ok(Found { id, repo, sha, commit })
    }

    fn repo(&self, id: &str, files: bool) -> Result<&'a Repo, Reply> {
        let token = self.request.token();
        let granted = |tokens: &BTreeSet<String>| token.is_some_and(|token| tokens.contains(token));
        if granted(&self.site.revoked) {
            return Err(Reply::error(401, "", "Invalid credentials in Authorization header"));
        }
        let repo = self.site.repos.get(id);
        match repo.map(|repo| (repo, &repo.access)) {
            None => Err(hidden(token)),
            Some((_, Access::Private(tokens))) if !granted(tokens) => Err(hidden(token)),
            Some((_, Access::Gated(tokens))) if files && !granted(tokens) => Err(gated(id, token)),
            Some((repo, _)) => Ok(repo),
        }
    }

    fn info(&self, ns: &str, name: &str, revision: &str) -> Result<Reply, Reply> {
        let Found { id, repo, sha, commit } = self.find(ns, name, revision, false)?;
        let blobs = self.request.flag("blobs");
        let siblings: Vec<Value> = commit.iter().map(|(path, entry)| sibling(path, entry, blobs)).collect();
        let gated = if matches!(repo.access, Access::Gated(_)) { json!("manual") } else { json!(false) };
        Ok(Reply::json(&json!({
            "_id": &sha1_hex(&id)[..24], "id": id, "modelId": id, "author": decode(ns), "sha": sha,
            "private": matches!(repo.access, Access::Private(_)), "gated": gated, "disabled": false,
            "lastModified": DATE, "createdAt": DATE, "downloads": 0, "likes": 0, "tags": [],
            "usedStorage": commit.values().map(|entry| entry.listed_size).sum::<u64>(),
            "siblings": siblings, "spaces": [],
        })))
    }

    fn tree(&self, ns: &str, name: &str, revision: &str, under: &[&str]) -> Result<Reply, Reply> {
        let found = self.find(ns, name, revision, false)?;
        let under = decode(&under.join("/"));
        let entries = listing(&found, &under, self.request.flag("recursive"), self.request.flag("expand"));
        if entries.is_empty() && !under.is_empty() {
            return Err(missing(&found, &under));
        }
        let from = self.request.parameter("cursor").map_or(Ok(0), |cursor| cursor.parse::<usize>());
        let from = from.map_err(|_| Reply::error(400, "", "Invalid cursor"))?;
        let page: Vec<Value> = entries.iter().skip(from).take(self.site.page_size).cloned().collect();
        let next = from.saturating_add(self.site.page_size);
        let reply = Reply::json(&Value::Array(page));
        Ok(if next < entries.len() { reply.with("Link", self.next_page(next)) } else { reply })
    }

    fn next_page(&self, cursor: usize) -> String {
        let (path, query) = self.request.split();
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let pairs: Vec<String> = kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
        format!("<{}{path}?{}>; rel=\"next\"", self.url, pairs.join("&"))
    }

    fn resolve(&self, ns: &str, name: &str, revision: &str, path: &[&str], first: bool) -> Result<Reply, Reply> {
        let found = self.find(ns, name, revision, true)?;
        let path = decode(&path.join("/"));
        let entry = found.commit.get(&path).ok_or_else(|| missing(&found, &path))?;
        let reply = if let Some(lfs) = &entry.lfs {
            let location = format!("{}/cdn/{}/{}?file={}", self.cdn, found.id, lfs.sha256, encode(&path, b"/"));
            Reply::redirect(302, &location)
                .with_etag("ETag", &entry.blob_id)
                .with_etag("X-Linked-Etag", &lfs.sha256)
                .with("X-Linked-Size", entry.content.len().to_string())
        } else if self.site.resolve_cache && first {
            let path = encode(&path, b"/");
            let etag = encode(&format!("\"{}\"", entry.blob_id), b"");
            let location = format!("/api/resolve-cache/models/{}/{}/{path}?etag={etag}", found.id, found.sha);
            Reply::redirect(307, &location)
        } else {
            Reply::file(entry.content.clone(), &entry.blob_id)
        };
        Ok(reply.with("X-Repo-Commit", found.sha))
    }

    fn cdn(&self, ns: &str, name: &str, sha256: &str) -> Result<Reply, Reply> {
        let repo = self.site.repos.get(&format!("{}/{}", decode(ns), decode(name)));
        let mut entries = repo.into_iter().flat_map(|repo| repo.commits.values()).flat_map(Commit::values);
        let entry = entries.find(|entry| entry.lfs.as_ref().is_some_and(|lfs| lfs.sha256 == sha256));
        let entry = entry.ok_or_else(|| Reply::error(403, "", "AccessDenied"))?;
        Ok(Reply::file(entry.content.clone(), &sha1_hex(sha256)[..32]))
    }
}

/// The answer for what is not there, or not for this token: without one, the hub asks to log in.
fn hidden(token: Option<&str>) -> Reply {
    match token {
        Some(_) => Reply::error(404, "RepoNotFound", "Repository not found"),
        None => Reply::error(401, "RepoNotFound", "Invalid username or password."),
    }
}

fn gated(id: &str, token: Option<&str>) -> Reply {
    let (status, advice) = match token {
        Some(_) => (403, "and you are not in the authorized list. Visit the model's page to ask for access."),
        None => (401, "You must have access to it and be authenticated to access it. Please log in."),
    };
    Reply::error(status, "GatedRepo", &format!("Access to model {id} is restricted. {advice}"))
}

fn missing(found: &Found, path: &str) -> Reply {
    Reply::error(404, "EntryNotFound", &format!("Entry not found: {path}")).with("X-Repo-Commit", found.sha)
}

fn sibling(path: &str, entry: &Entry, blobs: bool) -> Value {
    if !blobs {
        return json!({ "rfilename": path });
    }
    let mut value = json!({ "rfilename": path, "blobId": entry.blob_id, "size": entry.listed_size });
    if let Some(lfs) = &entry.lfs {
        value["lfs"] = json!({ "sha256": lfs.listed_oid, "size": entry.listed_size, "pointerSize": lfs.pointer_size });
    }
    value
}

/// The entries of a tree below a folder (all of it where that is empty): its folders, then its files.
fn listing(found: &Found, under: &str, recursive: bool, expand: bool) -> Vec<Value> {
    let prefix = if under.is_empty() { String::new() } else { format!("{under}/") };
    let inside = found.commit.keys().filter_map(|path| path.strip_prefix(&prefix));
    let depth = if recursive { usize::MAX } else { 1 };
    let folders: BTreeSet<&str> =
        inside.flat_map(|path| path.match_indices('/').take(depth).map(|(at, _)| &path[..at])).collect();
    let folders = folders.into_iter().filter(|folder| !folder.is_empty()).map(|folder| format!("{prefix}{folder}"));
    let folders = folders.map(|path| json!({ "type": "directory", "oid": sha1_hex(&path), "size": 0, "path": path }));
    let listed = |path: &str| path.strip_prefix(&prefix).is_some_and(|path| recursive || !path.contains('/'));
    let files = found.commit.iter().filter(|(path, _)| listed(path)).map(|(path, entry)| file(path, entry));
    let commit = json!({ "id": found.sha, "title": "Add files", "date": DATE });
    let mut entries: Vec<Value> = folders.chain(files).collect();
    entries.iter_mut().filter(|_| expand).for_each(|entry| entry["lastCommit"] = commit.clone());
    entries
}

fn file(path: &str, entry: &Entry) -> Value {
    let mut value = json!({ "type": "file", "oid": entry.blob_id, "size": entry.listed_size, "path": path });
    if let Some(lfs) = &entry.lfs {
        value["lfs"] = json!({ "oid": lfs.listed_oid, "size": entry.listed_size, "pointerSize": lfs.pointer_size });
    }
    value
}
