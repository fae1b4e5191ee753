//! What is brought is known, and nothing else is removed.

use super::*;
use crate::hub::download::partial_of;
use crate::hub::listing::Digest;
use crate::hub::paths::RepoPath;
use crate::hub::reference::RepoReference;

struct Scene {
    folder: tempfile::TempDir,
    cache: HubCache,
    ledger: Ledger,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = HubCache::new(&folder.path().join("hub"));
        let ledger = Ledger::new(&folder.path().join("store"));
        ledger.prepare().unwrap();
        Self { cache, ledger, folder }
    }

    /// A file with a content of `fill`s, in the cache; written down if this program `brought` it.
    fn put(&self, listing: &Listing, fill: char, brought: bool) {
        let file = listing.files.iter().find(|file| file.digest.hex().starts_with(fill)).unwrap();
        if brought {
            self.ledger.note(&self.cache, listing, file).unwrap();
        }
        let blob = self.cache.blob("ns/name", &file.digest);
        std::fs::create_dir_all(blob.parent().unwrap()).unwrap();
        std::fs::write(&blob, fill.to_string().repeat(10)).unwrap();
        self.cache.link(listing, file).unwrap();
    }

    fn blobs(&self) -> String {
        let folder = self.cache.repo_folder("ns/name").join("blobs");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy()[..1].to_owned()).collect();
        names.sort();
        names.concat()
    }

    fn only(&self) -> Pulled {
        let (mut entries, damaged) = self.ledger.entries().unwrap();
        assert_eq!((entries.len(), damaged.len()), (1, 0));
        entries.remove(0)
    }
}

/// A repository at a commit of `commit`s, with a file per letter.
fn listing(commit: char, files: &str) -> Listing {
    let path = |fill: char| RepoPath::new(&format!("sub/{fill}.json")).unwrap();
    let file =
        |fill: char| RemoteFile { path: path(fill), bytes: 10, digest: Digest::Git(fill.to_string().repeat(40)) };
    let reference = RepoReference { id: "ns/name".into(), revision: "main".into() };
    Listing { reference, commit: commit.to_string().repeat(40), files: files.chars().map(file).collect() }
}

#[test]
fn only_what_was_brought_is_removed() {
    let scene = Scene::new();
    let listing = listing('1', "ab");
    scene.put(&listing, 'a', true);
    scene.put(&listing, 'b', false);
    let pulled = scene.only();
    assert_eq!((pulled.files(), pulled.held()), (1, 10));
    assert_eq!(scene.ledger.release(&pulled, |_| true).unwrap(), Some(10));
    assert_eq!(scene.blobs(), "b");
    assert!(scene.cache.snapshot("ns/name", &listing.commit).join("sub/b.json").exists());
    assert!(scene.ledger.entries().unwrap().0.is_empty());
}

#[test]
fn what_is_held_is_not_removed() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.put(&listing, 'a', true);
    let hold = || scene.ledger.hold("ns/name", &listing.commit).unwrap();
    let (one, other) = (hold(), hold());
    drop(one);
    assert_eq!(scene.ledger.release(&scene.only(), |_| true).unwrap(), None);
    assert_eq!((scene.blobs().as_str(), scene.only().held()), ("a", 10));
    drop(other);
    assert_eq!(scene.ledger.release(&scene.only(), |_| true).unwrap(), Some(10));
}

#[test]
fn what_another_commit_still_shows_stays() {
    let scene = Scene::new();
    let (one, two) = (listing('1', "ab"), listing('2', "bc"));
    "ab".chars().for_each(|fill| scene.put(&one, fill, true));
    "bc".chars().for_each(|fill| scene.put(&two, fill, false));
    scene.cache.remember(&one).unwrap();
    scene.ledger.release(&scene.only(), |_| true).unwrap();
    assert_eq!(scene.blobs(), "bc");
    assert!(!scene.cache.snapshot("ns/name", &one.commit).exists());
    assert_eq!(scene.cache.commit(&one.reference), None, "a ref to a commit that is gone");
}

#[test]
fn what_two_commits_share_goes_with_the_second() {
    let scene = Scene::new();
    let (one, two) = (listing('1', "a"), listing('2', "a"));
    scene.put(&one, 'a', true);
    scene.put(&two, 'a', false);
    scene.ledger.share(&scene.cache, &two, &two.files[0]).unwrap();
    let (entries, _) = scene.ledger.entries().unwrap();
    assert_eq!((entries.len(), Pulled::held_together(&entries)), (2, 10), "counted once");
    assert_eq!(scene.ledger.release(&entries[0], |_| true).unwrap(), Some(0));
    assert_eq!(scene.blobs(), "a");
    assert_eq!(scene.ledger.release(&entries[1], |_| true).unwrap(), Some(10));
    assert_eq!(scene.blobs(), "");
}

#[test]
fn one_content_under_two_names_goes_with_both() {
    let scene = Scene::new();
    let mut listing = listing('1', "a");
    let twin = RemoteFile { path: RepoPath::new("twin.json").unwrap(), ..listing.files[0].clone() };
    scene.put(&listing, 'a', true);
    listing.files.push(twin);
    scene.cache.link(&listing, &listing.files[1]).unwrap();
    scene.ledger.share(&scene.cache, &listing, &listing.files[1]).unwrap();
    assert_eq!((scene.only().files(), scene.only().held()), (2, 10));
    scene.ledger.release(&scene.only(), |_| true).unwrap();
    assert!(!scene.cache.repo_folder("ns/name").exists());
}

#[test]
fn what_was_there_before_is_not_taken_for_ours() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.put(&listing, 'a', false);
    scene.ledger.share(&scene.cache, &listing, &listing.files[0]).unwrap();
    assert!(scene.ledger.entries().unwrap().0.is_empty());
}

#[test]
fn what_came_since_an_entry_was_read_is_not_forgotten() {
    let scene = Scene::new();
    let listing = listing('1', "ab");
    scene.put(&listing, 'a', true);
    let stale = scene.only();
    scene.put(&listing, 'b', true);
    assert_eq!(scene.ledger.release(&stale, |path| path.ends_with("a.json")).unwrap(), Some(10));
    assert_eq!((scene.only().files(), scene.only().held()), (1, 10));
}

#[test]
fn every_cache_has_its_own_entries() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.put(&listing, 'a', true);
    let other = HubCache::new(&scene.folder.path().join("other"));
    scene.ledger.note(&other, &listing, &listing.files[0]).unwrap();
    assert_eq!(scene.ledger.entries().unwrap().0.len(), 2);
}

#[test]
fn a_content_that_is_being_read_is_not_removed() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.put(&listing, 'a', true);
    let reading = scene.cache.lock("ns/name", &listing.files[0].digest, &|| false).unwrap();
    assert_eq!(scene.ledger.release(&scene.only(), |_| true).unwrap(), Some(0));
    drop(reading);
    assert_eq!(scene.blobs(), "a");
}

#[test]
fn the_last_file_takes_thefolder_with_it() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.put(&listing, 'a', true);
    scene.cache.remember(&listing).unwrap();
    scene.ledger.release(&scene.only(), |_| true).unwrap();
    assert!(!scene.cache.repo_folder("ns/name").exists());
}

#[test]
fn files_are_chosen_by_name() {
    let scene = Scene::new();
    let listing = listing('1', "ab");
    "ab".chars().for_each(|fill| scene.put(&listing, fill, true));
    scene.ledger.release(&scene.only(), |path| path.ends_with("a.json")).unwrap();
    assert_eq!((scene.blobs().as_str(), scene.only().files()), ("b", 1));
}

#[test]
fn what_broke_off_counts_and_goes_too() {
    let scene = Scene::new();
    let listing = listing('1', "a");
    scene.ledger.note(&scene.cache, &listing, &listing.files[0]).unwrap();
    let partial = partial_of(&scene.cache.blob("ns/name", &listing.files[0].digest));
    std::fs::create_dir_all(partial.parent().unwrap()).unwrap();
    std::fs::write(&partial, "1234").unwrap();
    assert_eq!(scene.only().held(), 4);
    assert_eq!(scene.ledger.release(&scene.only(), |_| true).unwrap(), Some(4));
    assert!(!partial.exists());
}

#[test]
fn an_entry_with_names_that_lead_elsewhere_is_left_alone() {
    let scene = Scene::new();
    scene.put(&listing('1', "a"), 'a', true);
    let path = scene.ledger.path(&scene.cache.absolute().unwrap(), "ns/name", &"1".repeat(40));
    let text = std::fs::read_to_string(&path).unwrap();
    for (good, bad) in [("sub/a.json", "../../x"), ("\"aaa", "\"../aaa"), ("ns/name", "../name"), ("\"1111", "\"x111")]
    {
        std::fs::write(&path, text.replace(good, bad)).unwrap();
        let (entries, damaged) = scene.ledger.entries().unwrap();
        assert_eq!((entries.len(), damaged.len()), (0, 1), "{bad}");
    }
}

#[test]
fn the_one_not_used_for_longest_comes_first() {
    let scene = Scene::new();
    let (one, two) = (listing('1', "a"), listing('2', "b"));
    scene.put(&one, 'a', true);
    std::thread::sleep(std::time::Duration::from_millis(3));
    scene.put(&two, 'b', true);
    let first = |scene: &Scene| scene.ledger.entries().unwrap().0[0].commit.clone();
    assert_eq!(first(&scene), one.commit);
    std::thread::sleep(std::time::Duration::from_millis(3));
    scene.ledger.evaluated(&scene.cache, &one).unwrap();
    assert_eq!(first(&scene), two.commit);
    let evaluated: Vec<bool> = scene.ledger.entries().unwrap().0.iter().map(|pulled| pulled.evaluated).collect();
    assert_eq!(evaluated, [false, true]);
}
