import { type ChildProcess, execFile } from 'node:child_process';
import { createServer } from 'node:net';

interface Options {
  input?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** How a program ended. */
export interface Ended {
  /** Its exit code; undefined if a signal ended it. */
  code: number | undefined;
  printed: string;
  complained: string;
}

/** Runs a program to its end, however that is. Throws only where it can't be started. */
export function attempt(program: string, args: string[], { input, ...options }: Options = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, printed, complained) => {
      if (typeof error?.code === 'string') {
        reject(error);
      } else {
        resolve({ code: error ? (error.code ?? undefined) : 0, printed, complained });
      }
    });
    if (input !== undefined) {
      child.stdin?.end(input);
    }
  });
}

/** Runs a program to its end and gives what it printed; throws with its error output if it fails. */
export async function run(program: string, args: string[], options: Options = {}): Promise<string> {
  const { code, printed, complained } = await attempt(program, args, options);
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')}: ${complained || `ended with ${code}`}`);
  }
  return printed;
}

/** Ends a program that was started here, if it hasn't ended by itself, and waits until it has. */
export async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await ended;
  }
}

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
