// What expressway says to many expressions, through `tests/differential.rs`.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../../..');
const { NOW_MS } = require('./reference.js');

/** How long a batch may go without an answer before it counts as one that hangs. */
const BATCH_MS = 120000;

class Tested {
  /** Builds the tests; cases and answers go through files in the folder. */
  constructor(folder) {
    const build = ['test', '--test', 'differential', '--no-run', '--message-format=json'];
    const told = execFileSync('cargo', build, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
    const artifacts = told.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    this.binary = artifacts.find(({ target, executable }) => executable && target.name === 'differential').executable;
    this.cases = path.join(folder, 'cases.ndjson');
    this.answers = path.join(folder, 'answers.ndjson');
  }

  /** An answer for each case; where the process dies or hangs, {panic} is the answer, and it starts anew behind. */
  answer(cases) {
    const answers = [];
    while (answers.length < cases.length) {
      const left = cases.slice(answers.length);
      writeFileSync(this.cases, left.map((one) => `${line(one)}\n`).join(''));
      writeFileSync(this.answers, '');
      const env = { ...process.env, DIFFERENTIAL_CASES: this.cases, DIFFERENTIAL_ANSWERS: this.answers };
      const done = spawnSync(this.binary, ['--ignored', '--test-threads=1'], { cwd: ROOT, env, timeout: BATCH_MS, stdio: 'ignore' });
      const lines = readFileSync(this.answers, 'utf8').split('\n').slice(0, -1);
      for (const line of lines) answers.push(JSON.parse(line));
      if (lines.length < left.length) answers.push({ panic: done.error ? 'it hangs' : `the process died: ${done.signal}` });
    }
    return answers;
  }
}

/** A case as `tests/differential.rs` reads it. */
function line({ expression, document }) {
  return JSON.stringify({ expression, input: JSON.stringify(document), now_ms: NOW_MS });
}

module.exports = { Tested };
