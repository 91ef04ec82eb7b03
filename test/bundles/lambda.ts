import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, RuntimeApi } from './runtime-api.ts';
import type { SynthesizedFunction } from './synthesized.ts';

/** Where Lambda unpacks a bundle. */
const TASK_ROOT = '/var/task';

/** A function that runs from its asset alone, in a process of its own. */
export class LambdaFunction {
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  #output = '';

  private constructor(api: RuntimeApi, child: ChildProcess) {
    [this.#api, this.#child] = [api, child];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.#ended = once(child, 'exit').then(() => {
      throw new Error(`the function ended by itself:\n${this.#output}`);
    });
    this.#ended.catch(() => undefined);
  }

  /**
   * @param work an empty folder; the asset is copied into it, and the process may read nothing but it
   * @param variables the template's, resolved, and where the cloud is
   */
  static async start(
    { service, folder, memorySize }: SynthesizedFunction,
    work: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<LambdaFunction> {
    const [task, runtime] = [join(work, 'task'), join(work, 'runtime')];
    for (const made of [task, runtime]) mkdirSync(made, { recursive: true });
    cpSync(folder, task, { recursive: true });
    copyFileSync(join(__dirname, 'runtime.js'), join(runtime, 'runtime.mjs'));
    const api = await RuntimeApi.start();
    const unpacked = Object.entries(variables).map(([name, value]) => [name, value.replaceAll(TASK_ROOT, task)]);
    const child = spawn(
      process.execPath,
      // What Lambda has besides: its own temporary folder, which none of the functions uses.
      ['--permission', `--allow-fs-read=${join(work, '*')}`, join(runtime, 'runtime.mjs')],
      {
        cwd: task,
        env: {
          ...(Object.fromEntries(unpacked) as Record<string, string>),
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
          AWS_LAMBDA_FUNCTION_NAME: service,
          AWS_LAMBDA_RUNTIME_API: api.address,
          AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
          LAMBDA_TASK_ROOT: task,
          TZ: ':UTC',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return new LambdaFunction(api, child);
  }

  /** All that it logged so far. */
  get log(): string {
    return this.#output;
  }

  /** @throws Error with its output when the process ends */
  invoke(event: unknown): Promise<Outcome> {
    return Promise.race([this.#api.invoke(event), this.#ended]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    await this.#api.close();
  }
}
