import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { join, relative } from 'node:path';
import { jestExpect as expect } from '@jest/expect';
import type { Circus } from '@jest/types';
import { type TestResult, TestStatus } from '@stryker-mutator/api/test-runner';
import { transformSync } from '@swc/core';
import * as circus from 'jest-circus';

/** A part of the suites, and what it is called. */
export type Part = Circus.TestEntry | Circus.DescribeBlock;

type Exports = Readonly<Record<string, unknown>>;
type Compiled = NodeJS.Module & { _compile(code: string, file: string): void };

/** Longer than any test: what hangs is ended from outside. */
const TEST_TIMEOUT_MS = 600_000;

/**
 * Suites of jest in this process, under jest's own describe, it and expect: loaded once, their tests are run again and
 * again, where jest would load all anew each time.
 */
export class Suites {
  readonly #root: string;
  readonly #paths: readonly string[];
  readonly #require: NodeJS.Require;
  readonly #code = new Map<string, string>();
  readonly #verdicts = new Map<string, unknown>();
  readonly #modes = new Map<Circus.TestEntry, Circus.TestMode>();
  readonly #costs = new Map<string, number>();
  /** The tests that are loaded, by their names, which differ. */
  readonly tests = new Map<string, Circus.TestEntry>();
  readonly names = new Map<Part, string>();

  /** @param root of the code under test @param paths of suites, from the root */
  constructor(root: string, paths: readonly string[]) {
    [this.#root, this.#paths, this.#require] = [root, paths, createRequire(join(root, 'package.json'))];
    const { _extensions } = Module as unknown as {
      _extensions: Record<string, (module: Compiled, file: string) => void>;
    };
    _extensions['.ts'] = (module, file) => {
      module._compile(this.#compiled(file), file);
      module.exports = this.#cheaper(relative(root, file), module.exports as Exports);
    };
    const jest = { setTimeout: () => jest };
    const globals = new Module(this.#require.resolve('@jest/globals'));
    Object.assign(globals, { filename: globals.id, loaded: true, exports: { ...circus, expect, jest } });
    this.#require.cache[globals.id] = globals;
  }

  /** Loads all anew, the code under test included. @throws whatever a suite throws while it is loaded */
  load(): void {
    const own = (path: string) => path.startsWith(`${this.#root}/`) && !path.includes('/node_modules/');
    for (const path of Object.keys(this.#require.cache))
      if (own(path)) Reflect.deleteProperty(this.#require.cache, path);
    circus.resetState();
    circus.getState().testTimeout = TEST_TIMEOUT_MS;
    for (const known of [this.tests, this.names, this.#modes]) known.clear();
    for (const path of this.#paths) circus.describe(path, () => void this.#require(join(this.#root, path)));
    this.#name(circus.getState().rootDescribeBlock, '');
    this.#sort(circus.getState().rootDescribeBlock);
  }

  /** Runs the tests of these names, or all; the cheap ones first, once it is known which these are. */
  async run(names: ReadonlySet<string> | null): Promise<TestResult[]> {
    const state = circus.getState();
    state.currentlyRunningTest = null;
    state.unhandledErrors.length = 0;
    for (const [name, test] of this.tests) {
      Object.assign(test, { errors: [], status: null, invocations: 0, retryReasons: [], seenDone: false });
      test.mode = names === null || names.has(name) ? this.#modes.get(test) : 'skip';
      for (let up: Circus.DescribeBlock | undefined = test.parent; up !== undefined; up = up.parent) {
        for (const hook of up.hooks) hook.seenDone = false;
      }
    }
    await circus.run();
    return [...this.tests].map(([name, test]) => resultOf(name, test));
  }

  /** Runs no more tests. */
  skipTheRest(): void {
    for (const test of this.tests.values()) test.mode = 'skip';
  }

  /** Puts the cheap tests before the others, by what they took. */
  sortBy(results: readonly TestResult[]): void {
    for (const { id, timeSpentMs } of results) this.#costs.set(id, timeSpentMs);
    this.#sort(circus.getState().rootDescribeBlock);
  }

  #name(block: Circus.DescribeBlock, path: string): void {
    for (const child of block.children) {
      let name = `${path} ${child.name}`.trim();
      while (this.tests.has(name)) name += "'";
      this.names.set(child, name);
      if (child.type === 'describeBlock') this.#name(child, name);
      else {
        this.tests.set(name, child);
        this.#modes.set(child, child.mode);
      }
    }
  }

  #sort(block: Circus.DescribeBlock): number {
    const costs = new Map<Part, number>();
    for (const child of block.children) {
      costs.set(
        child,
        child.type === 'describeBlock' ? this.#sort(child) : (this.#costs.get(this.names.get(child) ?? '') ?? 0),
      );
    }
    block.children.sort((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
    return [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  }

  #compiled(file: string): string {
    const known = this.#code.get(file);
    if (known !== undefined) return known;
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      filename: file,
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    this.#code.set(file, code);
    return code;
  }

  /** What takes long and is not under test: a hash that costs nothing, and each password judged once. */
  #cheaper(file: string, exports: Exports): Exports {
    if (file === 'lambda/adapters/system/password-hasher.ts') {
      const { createMemoryHasher } = this.#require(join(this.#root, 'test/fixtures/memory-hasher.ts')) as {
        readonly createMemoryHasher: () => unknown;
      };
      return { ...exports, createPasswordHasher: () => createMemoryHasher() };
    }
    if (file !== 'lambda/domain/password-strength.ts') return exports;
    const check = exports['checkNewPassword'] as (password: string, email: string) => unknown;
    const checkNewPassword = (...args: readonly [string, string]) => {
      const key = JSON.stringify(args);
      if (!this.#verdicts.has(key)) this.#verdicts.set(key, check(...args));
      return this.#verdicts.get(key);
    };
    return { ...exports, checkNewPassword };
  }
}

function resultOf(id: string, { errors, status, duration }: Circus.TestEntry): TestResult {
  const base = { id, name: id, timeSpentMs: duration ?? 0 };
  if (errors.length > 0) return { ...base, status: TestStatus.Failed, failureMessage: String(errors[0]) };
  return { ...base, status: status === 'done' ? TestStatus.Success : TestStatus.Skipped };
}
