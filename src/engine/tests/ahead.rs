//! Text that stands before suspended executions.

use super::*;

/// Answers what a connector keeps as soon as the line before it has been written.
struct Answering {
    slow: Arc<Slow>,
    memory: Memory,
    writes: usize,
}

impl Sink for Answering {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        self.memory.write(page)?;
        self.writes += 1;
        let told = self.memory.lines().len();
        let mut kept = self.slow.kept.lock().expect("no test panics with it");
        // Line after line, each with one before it that is answered at once.
        if told % 2 == 1 && !kept.is_empty() {
            kept.remove(0).reply(Reply::Output(b"0".into()));
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_stands_before_a_suspended_execution_does_not_wait_for_it() {
    // Every second line is answered once the one before it has been written: if that waited, all would time out.
    let (slow, tasks) = slow();
    let choice = r#"{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericEquals":0,"Next":"A"}],"Default":"B"},"B":{"Type":"Pass","End":true},"A":"#;
    let definition = format!(
        "{choice}{}",
        TASK_OF_A_SECOND.split_once(r#""A":{"#).map(|(_, task)| format!("{{{task}")).expect("it has an A")
    );
    let mut sink = Answering { slow, memory: Memory::new(), writes: 0 };
    let source = text(objects((0..20).map(|line| 1 - line % 2)), 100);
    let engine = Engine::new(shards(1), tasks);
    let report =
        engine.run(&[program(&definition)], source, &mut sink, || Plain, &Control::new()).expect("it can begin");
    assert_eq!(report.sums.counts.succeeded, 20);
    assert_eq!(sink.memory.lines(), [r#"{"n":1}"#, "0"].repeat(10));
}

#[test]
fn text_is_written_in_large_pieces_though_many_executions_wait() {
    let (slow, tasks) = slow();
    let mut sink = Answering { slow, memory: Memory::new(), writes: 0 };
    let lines = objects((0..2000).map(|line| 1 + line % 50));
    let engine = Engine::new(shards(1), tasks);
    let source = text(lines.clone(), 2000);
    engine.run(&[program(TASK)], source, &mut sink, || Plain, &Control::new()).expect("it can begin");
    assert_eq!(sink.memory.text, lines.concat().into_bytes());
    assert!(sink.writes < 400, "{} writes", sink.writes);
}
