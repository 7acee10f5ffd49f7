//! Items of a Map, a hundred in each execution.

use crate::measure::{children, on_one_core, rounds};
use crate::table::{Table, Target};
use crate::workloads::runner::Runner;
use crate::{Setting, files};
use expressway::json::Level;

pub fn measure(setting: &Setting, table: &mut Table) {
    let input = setting.inputs.map();
    let (program, block) = (input.workload.compile(), input.workload.block());
    let mut transitions = 0;
    // The Map's own entry is no item's.
    Runner::new(&program, &block, Level::best()).pass(|outcome, _| transitions += outcome.usage.transitions - 1);
    let transitions = transitions as f64 * input.rounds as f64;
    let run = || transitions / children(|| files::finish(files::run(setting, input, "/dev/null"))).cpu;
    let [rate] = on_one_core(|| rounds([&mut || run()]));
    table.add("transitions in items of a Map of 100", rate / 1e6, "million a CPU-second", Target::AtLeast(10.0));
}
