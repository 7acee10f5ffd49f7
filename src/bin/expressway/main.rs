//! Scratch driver.
use expressway::compile::{Options, compile_with_warnings};
use expressway::json::Utf8;
use expressway::vm::*;
use std::io::{Read, Write};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[2]).unwrap();
    let (program, diagnostics) = compile_with_warnings(&text, &Options::default());
    for d in &diagnostics.list {
        eprintln!("{:?}", d);
    }
    let Some(program) = program else { std::process::exit(2) };
    if args[1] == "show" {
        println!("{}", program.listing());
        return;
    }
    let mut input = Vec::new();
    match args.get(3) {
        Some(f) => {
            std::fs::File::open(f).unwrap().read_to_end(&mut input).unwrap();
        }
        None => {
            std::io::stdin().read_to_end(&mut input).unwrap();
        }
    }
    let n = input.len();
    input.extend([0u8; 64]);
    let mut vm = Vm::new(&program);
    let mut out = Vec::new();
    let mut effects = Vec::new();
    let mut tally = Tally::new(&program);
    let t = std::time::Instant::now();
    let (mut count, mut bad) = (0u64, 0u64);
    let mut at = 0;
    let stdout = std::io::stdout();
    let mut stdout = stdout.lock();
    while at < n {
        let end = memchr::memchr(b'\n', &input[at..n]).map_or(n, |e| at + e);
        let mut world =
            World { block: &input, now_ms: 1, out: &mut out, effects: &mut effects, tally: &mut tally, recorder: None };
        let start = Start { line: at..end, utf8: Utf8::Unknown, name: Name { prefix: "", number: count }, seed: count };
        match vm.start(&program, start, &mut world) {
            Ok(()) => match vm.advance(&program, &mut world) {
                Progress::Ended(o) => {
                    if o.status != Status::Succeeded {
                        bad += 1;
                        if bad < 10 {
                            eprintln!("{o:?}");
                        }
                    } else {
                        out.push(b'\n');
                    }
                }
                Progress::Waiting => {
                    bad += 1;
                }
            },
            Err(e) => {
                bad += 1;
                eprintln!("{e:?}");
            }
        }
        count += 1;
        if out.len() > 1 << 18 {
            stdout.write_all(&out).unwrap();
            out.clear();
        }
        at = end + 1;
    }
    stdout.write_all(&out).unwrap();
    let s = t.elapsed().as_secs_f64();
    eprintln!(
        "{count} executions, {bad} not ok, {:.0} ns each, {:.2} M/s; {:?}",
        s * 1e9 / count as f64,
        count as f64 / s / 1e6,
        tally.entered(&program)
    );
}
