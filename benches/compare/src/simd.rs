//! simd-json and serde_json at the least that a workflow engine over them would do: parse an event, write it again.

use simd_json::{Buffers, Tape, prelude::Writable};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// simd-json with all that can be kept from event to event: the event as a tape, without building values.
pub struct Simd {
    buffers: Buffers,
    tape: Option<Tape<'static>>,
    /// It writes into what it parses.
    copy: Vec<u8>,
}

impl Simd {
    pub fn new() -> Simd {
        Simd { buffers: Buffers::new(1 << 16), tape: Some(Tape::null()), copy: Vec::new() }
    }

    /// Parses a line and appends it to `out`.
    pub fn rewrite(&mut self, line: &[u8], out: &mut Vec<u8>) {
        self.copy.clear();
        self.copy.extend_from_slice(line);
        let mut tape = self.tape.take().expect("it is put back below").reset();
        simd_json::fill_tape(&mut self.copy, &mut self.buffers, &mut tape).expect("a line is JSON");
        tape.as_value().write(out).expect("memory can be written to");
        self.tape = Some(tape.reset());
    }
}

/// Parses a line into serde_json's value and appends it to `out`.
pub fn rewrite_by_serde(line: &[u8], out: &mut Vec<u8>) {
    let value: serde_json::Value = serde_json::from_slice(line).expect("a line is JSON");
    serde_json::to_writer(out, &value).expect("memory can be written to");
}

/// What is read at once; larger blocks fall out of the cache.
const BLOCK: usize = 256 << 10;

/// A whole process of it: a file of lines to the standard output, on one thread.
pub fn rewrite(file: &Path) {
    let (mut file, mut output) = (File::open(file).expect("the file is there"), io::stdout().lock());
    let (mut simd, mut out) = (Simd::new(), Vec::new());
    let (mut block, mut filled) = (vec![0; 2 * BLOCK], 0);
    loop {
        let bytes = file.read(&mut block[filled..filled + BLOCK]).expect("the file can be read");
        filled += bytes;
        let end = block[..filled].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in block[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            simd.rewrite(line, &mut out);
            out.push(b'\n');
        }
        output.write_all(&out).expect("the output can be written");
        out.clear();
        if bytes == 0 {
            return;
        }
        block.copy_within(end..filled, 0);
        filled -= end;
        assert!(filled <= BLOCK, "a line is shorter than a block");
    }
}
