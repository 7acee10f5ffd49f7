//! A page: text on its way out, and its place in the order of the input.

/// Text on its way out: one buffer for each place it can go to.
#[derive(Debug, Default)]
pub struct Page {
    /// Outputs or records, a line each.
    pub output: Vec<u8>,
    /// Records of executions that did not succeed.
    pub failures: Vec<u8>,
    /// What happened.
    pub history: Vec<u8>,
}

impl Page {
    /// Bytes of text.
    pub fn len(&self) -> usize {
        self.output.len() + self.failures.len() + self.history.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it should be handed on before more is written.
    pub(super) fn is_full(&self) -> bool {
        self.len() > PAGE_BYTES
    }

    /// Forgets the text and keeps the buffers, unless they have become huge.
    pub fn clear(&mut self) {
        for text in [&mut self.output, &mut self.failures, &mut self.history] {
            text.clear();
            text.shrink_to(KEPT_BYTES);
        }
    }
}

/// What ends with a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// Nothing: more of the same page follows.
    #[default]
    Nothing,
    /// Its page.
    Page,
    /// Its block.
    Block,
}

/// Finished text and its place in the order.
#[derive(Debug, Default)]
pub struct Part {
    /// The text.
    pub page: Page,
    /// The block it belongs to.
    pub sequence: u64,
    /// Which page of the block.
    pub part: u32,
    /// Which piece of that page.
    pub piece: u32,
    /// What is complete with it.
    pub ends: Ends,
    /// The last line that is told of here; 0 where that is not known.
    pub through_line: u64,
    /// Bytes charged to the run's hold until this is written.
    pub charged: usize,
}

/// A page is handed on when it is larger than this.
const PAGE_BYTES: usize = 1 << 20;
/// Larger buffers are not kept.
const KEPT_BYTES: usize = 4 << 20;
