import { freePort } from './process';

/** The names in the documented configurations. Chromium finds them on loopback: see `toLoopback`. */
export const signInHost = 'sign-in.example.com';
export const wallboardHost = 'wallboard.example.com';
export const cookieDomain = 'example.com';

/** Has Chromium look for those names here, and ask nobody where they are. */
export const toLoopback = '--host-resolver-rules=MAP *.example.com 127.0.0.1';

/** Where a proxy leads. */
export interface Behind {
  countersign: string;
  wallboard: string;
}

/** A proxy with the configuration that `docs/integrations` shows, on a port of its own. */
export interface Proxy {
  readonly log: string;
  stop(): Promise<void>;
}

/** A port for it, and the origins that it gives the two hosts. */
export async function origins(): Promise<{ port: number; signIn: string; wallboard: string }> {
  const port = await freePort();
  return { port, signIn: `https://${signInHost}:${port}`, wallboard: `https://${wallboardHost}:${port}` };
}

/** Replaces each text wherever it stands; one that stands nowhere has been changed in the document. */
export function replaceAll(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((text, [from, to]) => {
    if (!text.includes(from)) {
      throw new Error(`the documented configuration has no ${JSON.stringify(from)}`);
    }
    return text.replaceAll(from, to);
  }, text);
}

/** Whether something answers there: TLS isn't asked for, and a plain request is answered with what is wrong with it. */
export function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}`).then(
    () => true,
    () => false,
  );
}
