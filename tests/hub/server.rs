//! The server that these tests pull from, against a client of a few lines over a plain TcpStream.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serve_hub::{Action, Content, Endless, Fault, File, Server, Site};

const HELLO: &str = "hello world\n";
const HELLO_BLOB: &str = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad";

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(reader: &mut impl BufRead, has_body: bool, limit: u64) -> io::Result<Self> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head[9..12].parse().unwrap();
        let mut answer = Self { status, head, body: Vec::new() };
        let length = answer.header("Content-Length").map_or(limit, |length| length.parse().unwrap());
        reader.take(if has_body { length.min(limit) } else { 0 }).read_to_end(&mut answer.body)?;
        Ok(answer)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn request(url: &str, method: &str, path: &str, headers: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap())?;
    stream.write_all(format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes())?;
    Answer::read(&mut BufReader::new(stream), method == "GET", 1 << 20)
}

fn get(server: &Server, path: &str, headers: &str) -> Answer {
    request(server.url(), "GET", path, headers).unwrap()
}

fn status(server: &Server, path: &str, headers: &str) -> (u16, String) {
    let answer = get(server, path, headers);
    (answer.status, answer.header("X-Error-Code").unwrap_or_default().to_owned())
}

/// `a/b` with a small file, a file in a folder, and weights of 1000 bytes.
fn site() -> Site {
    let mut site = Site::default();
    let weights: Vec<u8> = (0..1000).map(|index| index as u8).collect();
    let files = [("config.json", File::from(HELLO)), ("sub/x.txt", "x".into()), ("w.safetensors", weights.into())];
    site.repo("a/b").commit(files).unwrap();
    site
}

fn start(faults: &[&str]) -> Server {
    let mut site = site();
    site.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Server::start(site).unwrap()
}

/// The path of the weights on the CDN, which the Hub's port serves too.
fn cdn_path(server: &Server) -> String {
    let redirect = get(server, "/a/b/resolve/main/w.safetensors", "");
    redirect.header("Location").unwrap().strip_prefix(server.cdn_url()).unwrap().to_owned()
}

#[test]
fn small_file_has_its_git_id_and_commit() {
    let server = start(&[]);
    let info = get(&server, "/api/models/a/b", "").json();
    let answer = get(&server, "/a/b/resolve/main/config.json", "");
    assert_eq!((answer.status, answer.body.as_slice()), (200, HELLO.as_bytes()));
    assert_eq!(answer.header("ETag"), Some(format!("\"{HELLO_BLOB}\"").as_str()));
    assert_eq!(answer.header("X-Repo-Commit"), info["sha"].as_str());
    assert_eq!(info["siblings"][1], json!({ "rfilename": "sub/x.txt" }));
    let head = request(server.url(), "HEAD", "/a/b/resolve/main/config.json", "").unwrap();
    assert_eq!((head.header("Content-Length"), head.body.len()), (Some("12"), 0));
}

#[test]
fn weights_are_redirected_to_another_origin_that_honours_ranges() {
    let server = start(&[]);
    let redirect = get(&server, "/a/b/resolve/main/w.safetensors", "");
    assert_eq!((redirect.status, redirect.header("X-Linked-Size")), (302, Some("1000")));
    assert!(redirect.header("Location").unwrap().contains(redirect.header("X-Linked-Etag").unwrap().trim_matches('"')));
    let path = cdn_path(&server);
    let part = |range: &str| request(server.cdn_url(), "GET", &path, &format!("Range: bytes={range}\r\n")).unwrap();
    let middle = part("10-12");
    assert_eq!((middle.status, middle.body.as_slice()), (206, &[10, 11, 12][..]));
    assert_eq!(middle.header("Content-Range"), Some("bytes 10-12/1000"));
    assert_eq!((part("990-").body.len(), part("-7").body.len(), part("998-5000").body.len()), (10, 7, 2));
    assert_eq!((part("1000-").status, part("1000-").header("Content-Range")), (416, Some("bytes */1000")));
    assert_eq!(server.requests().iter().filter(|seen| seen.sent == 3 && seen.range.is_some()).count(), 1);
}

#[test]
fn tree_comes_in_pages() {
    let server = start(&[]);
    server.edit(|site| site.page_size = 3);
    let first = get(&server, "/api/models/a/b/tree/main?recursive=true&expand=false", "");
    let link = first.header("Link").unwrap().strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let second = get(&server, link.strip_prefix(server.url()).unwrap(), "");
    assert_eq!((first.json().as_array().unwrap().len(), second.header("Link")), (3, None));
    assert_eq!(first.json()[0]["type"], "directory");
    assert_eq!(first.json()[1]["oid"], HELLO_BLOB);
    assert_eq!(second.json()[0]["lfs"]["size"], 1000);
    let top = get(&server, "/api/models/a/b/tree/main", "").json();
    assert_eq!(
        top.as_array().unwrap().iter().map(|entry| &entry["path"]).collect::<Vec<_>>(),
        ["sub", "config.json", "w.safetensors"]
    );
}

#[test]
fn access_is_refused_as_on_the_hub() {
    let server = start(&[]);
    let file = "/a/b/resolve/main/config.json";
    let refused = |code: u16, name: &str| (code, name.to_owned());
    let (good, bad) = ("Authorization: Bearer good\r\n", "Authorization: Bearer bad\r\n");
    assert_eq!(status(&server, "/api/models/a/none", ""), refused(401, "RepoNotFound"));
    assert_eq!(status(&server, "/api/models/a/none", bad), refused(404, "RepoNotFound"));
    assert_eq!(status(&server, "/api/models/a/b/revision/x%2Fy", ""), refused(404, "RevisionNotFound"));
    assert_eq!(status(&server, "/a/b/resolve/main/none", ""), refused(404, "EntryNotFound"));
    server.edit(|site| _ = site.repo("a/b").gated(&["good"]));
    assert_eq!(status(&server, file, ""), refused(401, "GatedRepo"));
    assert_eq!(status(&server, file, bad), refused(403, "GatedRepo"));
    assert_eq!(status(&server, file, good), refused(200, ""));
    server.edit(|site| _ = site.repo("a/b").private(&["good"]));
    assert_eq!(status(&server, file, ""), refused(401, "RepoNotFound"));
    assert_eq!(status(&server, file, bad), refused(404, "RepoNotFound"));
    assert_eq!(status(&server, "/api/models/a/b", good), refused(200, ""));
}

#[test]
fn hostile_names_are_reported_as_they_are() {
    let long = "n".repeat(5000);
    let names = ["../x", "/etc/x", "a\\b", "nul\0", "a//b", long.as_str()];
    let mut site = Site::default();
    site.repo("a/b").commit(names.map(|name| (name, HELLO))).unwrap();
    let server = Server::start(site).unwrap();
    let tree = get(&server, "/api/models/a/b/tree/main?recursive=true", "").json();
    let info = get(&server, "/api/models/a/b", "").json();
    for name in names {
        assert!(tree.as_array().unwrap().iter().any(|entry| entry["path"] == name), "{name:?} in the tree");
        assert!(info["siblings"].as_array().unwrap().contains(&json!({ "rfilename": name })), "{name:?} in the info");
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(get(&server, &format!("/a/b/resolve/main/{encoded}"), "").status, 200, "{name:?}");
    }
}

#[test]
fn branches_move_and_listings_lie_while_it_runs() {
    let server = start(&[]);
    let old = get(&server, "/api/models/a/b", "").json()["sha"].clone();
    let lie = File::from(vec![0; 20]).lfs(true).listed_size(7).listed_oid("f00");
    let new = server.edit(|site| site.repo("a/b").commit([("w", lie)])).unwrap();
    assert_eq!(get(&server, "/api/models/a/b/revision/main", "").json()["sha"], json!(new));
    assert_eq!(get(&server, &format!("/api/models/a/b/revision/{}", old.as_str().unwrap()), "").status, 200);
    let entry = get(&server, "/api/models/a/b/tree/main", "").json()[0].clone();
    assert_eq!((&entry["size"], &entry["lfs"]["oid"]), (&json!(7), &json!("f00")));
}

#[test]
fn huge_file_is_made_on_demand_and_connections_are_kept() {
    let mut site = Site { resolve_cache: true, ..Site::default() };
    let huge = Content::lazy(3 << 30, |at, out| (at..).zip(out).for_each(|(at, byte)| *byte = (at >> 20) as u8));
    site.repo("a/b").commit([("huge.bin", File::from(huge).sha256("aa")), ("small", HELLO.into())]).unwrap();
    let server = Server::start(site).unwrap();
    let mut stream = BufReader::new(TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap());
    let mut ask = |path: &str| {
        write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nrange: bytes=3221225470-\r\n\r\n").unwrap();
        Answer::read(&mut stream, true, 1 << 20).unwrap()
    };
    assert_eq!(ask("/cdn/a/b/aa?file=huge.bin").body, [255, 255]);
    let redirect = ask("/a/b/resolve/main/small");
    assert_eq!(redirect.status, 307);
    assert_eq!(ask(redirect.header("Location").unwrap()).status, 416);
    assert_eq!((server.connections(), server.requests().len()), (1, 3));
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn statuses_and_pages_come_instead_of_answers() {
    let server = start(&["/tree/=retry:429:7:2", "HEAD *config=status:503:1", "/revision/=html", "w.saf=close:1"]);
    let tree = || get(&server, "/api/models/a/b/tree/main", "");
    assert_eq!((tree().status, tree().header("Retry-After"), tree().status), (429, Some("7"), 200));
    let head = || request(server.url(), "HEAD", "/a/b/resolve/main/config.json", "").unwrap().status;
    assert_eq!((get(&server, "/a/b/resolve/main/config.json", "").status, head(), head()), (200, 503, 200));
    assert!(get(&server, "/api/models/a/b/revision/main", "").body.starts_with(b"<!doctype"));
    assert!(request(server.url(), "GET", "/a/b/resolve/main/w.safetensors", "").is_err());
    assert_eq!(server.requests().last().unwrap().status, 0);
}

#[test]
fn bodies_are_cut_slowed_and_spoiled() {
    let server = start(&["w.safetensors=cut:100:1", "cdn*w.saf=flip:3:1", "w.saf=throttle:4000:1"]);
    let path = cdn_path(&server);
    let fetch = || get(&server, &path, "");
    assert_eq!(fetch().body.len(), 100);
    assert_eq!(server.requests().last().unwrap().sent, 100);
    assert_eq!(fetch().body[2..5], [2, 252, 4]);
    let begun = Instant::now();
    assert_eq!((fetch().body.len(), begun.elapsed() >= Duration::from_millis(240)), (1000, true));
}

#[test]
fn ranges_are_ignored_or_wrong_only_where_there_is_one() {
    let server = start(&["w.saf*bytes=5-9=ignore-range:1", "w.saf=wrong-range:1"]);
    let path = cdn_path(&server);
    assert_eq!(get(&server, &path, "").header("Content-Range"), None);
    let part = || get(&server, &path, "Range: bytes=5-9\r\n");
    let ignored = part();
    assert_eq!((ignored.status, ignored.body.len()), (200, 1000));
    let wrong = part();
    assert_eq!((wrong.header("Content-Range"), wrong.body.len()), (Some("bytes 6-10/1000"), 5));
    assert_eq!(part().header("Content-Range"), Some("bytes 5-9/1000"));
}

#[test]
fn endless_bodies_end_with_the_client_or_the_server() {
    let server = start(&["config.json=endless-raw:1", "config.json=endless-chunked:1", "config.json=endless-length:1"]);
    let fetch = || get(&server, "/a/b/resolve/main/config.json", "");
    let (raw, chunked, length) = (fetch(), fetch(), fetch());
    assert_eq!((raw.header("Content-Length"), raw.body.len()), (None, 1 << 20));
    assert!(chunked.header("Transfer-Encoding").is_some() && chunked.body.starts_with(b"10000\r\n\0"));
    assert_eq!((length.header("Content-Length"), length.body.len()), (Some("4611686018427387904"), 1 << 20));
    server.edit(|site| site.fault(Fault::new("config", Action::Endless(Endless::Raw))));
    let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"GET /a/b/resolve/main/config.json HTTP/1.1\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    drop(server);
    io::copy(&mut stream, &mut io::sink()).ok();
}

#[test]
fn faults_are_read_or_refused() {
    let read = |text: &str| text.parse::<Fault>();
    assert_eq!(read("a=b=cut:5:2"), Ok(Fault::new("a=b", Action::Cut(5)).times(2)));
    assert_eq!(read("x=retry:429:3"), Ok(Fault::new("x", Action::Status(429, Some(3)))));
    for wrong in ["cut:5", "x=cut", "x=melt", "x=cut:a", "x=close:1:2", "x=status:70000"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
