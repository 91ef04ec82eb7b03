import type { Circus } from '@jest/types';
import type { MutantCoverage, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  type CompleteDryRunResult,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { addEventHandler } from 'jest-circus';
import { type Part, Suites } from './suites.ts';

/** What the instrumented code asks for the mutant that is on, and where it tells what it ran through. */
interface Context {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: MutantCoverage;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

const shared = globalThis as { __stryker__?: Context };
shared.__stryker__ ??= {};
const context = shared.__stryker__;

/**
 * Runs suites of jest against mutants in one process: a mutant that is met by tests alone is switched on between two
 * runs, and only one that is met while files are loaded has them loaded anew. The first test that fails ends a run.
 */
class HotRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #suites: Suites;
  #loaded = false;
  #failFast = false;
  #unhandled = 0;

  constructor(options: StrykerOptions) {
    this.#suites = new Suites(process.cwd(), options['suites'] as readonly string[]);
    addEventHandler((event) => this.#follow(event));
    const count = () => {
      this.#unhandled++;
    };
    process.on('unhandledRejection', count).on('uncaughtException', count);
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun(): Promise<DryRunResult> {
    const coverage: MutantCoverage = { static: {}, perTest: {} };
    context.activeMutant = undefined;
    context.mutantCoverage = coverage;
    this.#failFast = false;
    this.#load();
    const tests = await this.#run(null);
    this.#failFast = true;
    this.#suites.sortBy(tests);
    this.#shareHooks(coverage.perTest);
    return { status: DryRunStatus.Complete, tests, mutantCoverage: coverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, hitLimit, mutantActivation, reloadEnvironment } = options;
    this.#failFast = true;
    context.hitLimit = hitLimit;
    context.hitCount = hitLimit === undefined ? undefined : 0;
    let tests: TestResult[];
    try {
      if (reloadEnvironment || !this.#loaded) {
        context.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
        this.#load();
      }
      context.activeMutant = activeMutant.id;
      tests = await this.#run(testFilter === undefined ? null : new Set(testFilter));
    } catch (error) {
      tests = [failed('loading', String(error))];
    }
    context.activeMutant = undefined;
    const complete: CompleteDryRunResult = { status: DryRunStatus.Complete, tests };
    return toMutantRunResult(determineHitLimitReached(context.hitCount, context.hitLimit) ?? complete);
  }

  #load(): void {
    this.#loaded = false;
    this.#suites.load();
    this.#loaded = true;
  }

  async #run(names: ReadonlySet<string> | null): Promise<TestResult[]> {
    this.#unhandled = 0;
    const tests = await this.#suites.run(names);
    // What a failed test has left under way ends here, and not under the next mutant.
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
    return this.#unhandled === 0 ? tests : [...tests, failed('no test', 'an error that nobody handled')];
  }

  /** What code is met is met by the test that runs; in a hook before tests, by all of these. */
  #follow(event: Circus.Event): void {
    if (event.name === 'test_start') context.currentTestId = this.#suites.names.get(event.test);
    else if (event.name === 'hook_start' && event.hook.type === 'beforeAll') {
      context.currentTestId = hookName(this.#suites.names.get(event.hook.parent));
    } else if (event.name === 'hook_success' || event.name === 'hook_failure') {
      if (event.hook.type === 'beforeAll') context.currentTestId = undefined;
    } else if (event.name === 'test_done' || event.name === 'test_skip') {
      context.currentTestId = undefined;
      if (this.#failFast && event.test.errors.length > 0) this.#suites.skipTheRest();
    }
  }

  #shareHooks(perTest: MutantCoverage['perTest']): void {
    for (const [name, test] of this.#suites.tests) {
      for (let up: Part | undefined = test.parent; up !== undefined; up = up.parent) {
        const met = perTest[hookName(this.#suites.names.get(up))];
        for (const [mutant, times] of Object.entries(met ?? {})) {
          perTest[name] ??= {};
          perTest[name][mutant] = (perTest[name][mutant] ?? 0) + times;
        }
      }
    }
    for (const name of Object.keys(perTest)) if (!this.#suites.tests.has(name)) Reflect.deleteProperty(perTest, name);
  }
}

function hookName(block = ''): string {
  return `before ${block}`;
}

function failed(id: string, failureMessage: string): TestResult {
  return { id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'hot', HotRunner)];
