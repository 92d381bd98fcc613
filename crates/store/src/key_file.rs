//! The key ring's file: readable by its owner only, and never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::keys::{KeyRing, SealError, random};

/// More than this is no key file.
const MAX_LEN: u64 = 64 * 1024;

/// Why there is no key ring.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others than its owner can read the key file.
    #[error("the key file {path} can be read by others (mode {mode:04o}); mend it with: chmod 600 {path}", path = path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The key file can't be read or written.
    #[error("the key file {path} can't be read or written", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The text isn't a complete key ring.
    #[error("the keys can't be used{}: {reason}", line.map(|line| format!(" (line {line})")).unwrap_or_default())]
    Malformed {
        /// The line where reading stopped, counted from 1.
        line: Option<usize>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Randomness,
}

impl From<SealError> for KeyError {
    fn from(_: SealError) -> Self {
        Self::Randomness
    }
}

impl KeyRing {
    /// Reads the ring from `path`; makes a new one there if there is no such file.
    ///
    /// When two processes start at once, both end up with the ring of the first.
    ///
    /// # Errors
    /// Any [`KeyError`]; [`KeyError::TooOpen`] says how to mend it.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match Self::load(path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        let ring = Self::generate()?;
        let draft = Draft::write(path, &ring)?;
        // A hard link fails if the name is taken, where a rename would replace the other's keys.
        match fs::hard_link(&draft.path, path) {
            Ok(()) => sync_folder(path).map(|()| ring).map_err(|source| file_error(path, source)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(source) => Err(file_error(path, source)),
        }
    }

    /// Reads the ring from `path`.
    ///
    /// # Errors
    /// [`KeyError::File`] (also when there is no such file), [`KeyError::TooOpen`] and
    /// [`KeyError::Malformed`].
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let mut text = Zeroizing::new(String::new());
        let file = File::open(path).map_err(|source| file_error(path, source))?;
        // Asked of the open file, so that it can't be swapped between the check and the reading.
        if let Some(mode) = mode_open_to_others(&file).map_err(|source| file_error(path, source))? {
            return Err(KeyError::TooOpen { path: path.to_owned(), mode });
        }
        file.take(MAX_LEN).read_to_string(&mut text).map_err(|source| file_error(path, source))?;
        Self::parse(&text)
    }

    /// Replaces the file at `path` with this ring. After a crash it holds the old ring or the
    /// new one, never a part.
    ///
    /// # Errors
    /// [`KeyError::File`] when it can't be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let draft = Draft::write(path, self)?;
        fs::rename(&draft.path, path).and_then(|()| sync_folder(path)).map_err(|source| file_error(path, source))
    }
}

/// A complete file beside the one it will become; removed on drop if it is still there.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn write(beside: &Path, ring: &KeyRing) -> Result<Self, KeyError> {
        let unique = HEXLOWER.encode(&random::<8>()?);
        let draft = Self { path: beside.with_extension(format!("{unique}.new")) };
        let written = folder_of(beside).and_then(|folder| {
            fs::create_dir_all(folder)?;
            let mut file = private_file().open(&draft.path)?;
            file.write_all(ring.to_toml().as_bytes())?;
            file.sync_all()
        });
        written.map(|()| draft).map_err(|source| file_error(beside, source))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and a leftover harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

fn file_error(path: &Path, source: io::Error) -> KeyError {
    KeyError::File { path: path.to_owned(), source }
}

/// The folder a file lies in; that of a bare name is the current one.
fn folder_of(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

/// Makes a new name in the folder survive a crash.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path)?)?.sync_all() } else { Ok(()) }
}

/// Options that create a file which only its owner can read, and never open an existing one.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The permissions of a file that others than its owner can touch.
#[cfg(unix)]
fn mode_open_to_others(file: &File) -> io::Result<Option<u32>> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o7777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// Elsewhere, permissions aren't three digits: the folder's inherited ones have to do.
#[cfg(not(unix))]
fn mode_open_to_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}
