//! A place to render into that is full at some point: a template cannot fill the memory.

use std::io;

/// Bytes a rendered part may have.
pub(super) const MAX_RENDERED_BYTES: usize = 256 * 1024;

#[derive(Debug, Default)]
pub(super) struct Limited(pub Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED_BYTES {
            return Err(io::Error::other("the rendered text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
