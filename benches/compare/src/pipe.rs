//! From a pipe instead of a file.

use crate::inputs::Input;
use crate::measure::{Took, children, on_one_core, rounds};
use crate::table::{Table, Target};
use crate::{Setting, files};
use std::io::Write;
use std::process::{Child, Command, Stdio};

pub fn measure(setting: &Setting, table: &mut Table) {
    for input in [setting.inputs.findings(), setting.inputs.orders()] {
        let what = format!("{} from a pipe, to those from a file", input.name);
        let share = || share_of(setting, input, |took| took.cpu);
        table.add(format!("{what}, a CPU-second"), on_one_core(share), "%", Target::AtLeast(55.0));
        let by_the_clock = share_of(setting, input, |took| took.wall);
        table.add(format!("{what}, by the clock on all cores"), by_the_clock, "%", Target::AtLeast(55.0));
    }
}

/// How fast it goes from a pipe, of how fast it goes from a file, in percent.
fn share_of(setting: &Setting, input: &Input, time: fn(Took) -> f64) -> f64 {
    let [file, pipe] =
        rounds([&mut || time(children(|| files::finish(files::run(setting, input, "/dev/null")))), &mut || {
            time(children(|| feed(setting, input, input.rounds, |_| {})))
        }]);
    file / pipe * 100.0
}

/// Runs the command over the input's lines so many times, through a pipe; looks at it before its input ends.
pub fn feed(setting: &Setting, input: &Input, times: usize, look: impl FnOnce(&Child)) {
    let mut command = Command::new(&setting.binary);
    command.arg("run").arg(input.definition()).args(["--quiet", "--output", "/dev/null"]).stdin(Stdio::piped());
    let mut child = command.spawn().expect("it can be started");
    let mut stdin = child.stdin.take().expect("it was piped");
    (0..times).for_each(|_| stdin.write_all(input.workload.text.as_bytes()).expect("the command reads to the end"));
    look(&child);
    drop(stdin);
    assert!(child.wait().expect("it was not waited for").success(), "{command:?}");
}
