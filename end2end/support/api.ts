import { type APIRequestContext, type APIResponse, expect, request } from '@playwright/test';
import { Authenticator } from './authenticator';
import type { Member } from './people';

/** A client of the API with a session of its own: makes quickly what a test isn't about. */
export class ApiClient {
  private constructor(private readonly http: APIRequestContext) {}

  static async open(origin: string): Promise<ApiClient> {
    return new ApiClient(await request.newContext({ baseURL: origin, extraHTTPHeaders: { accept: 'application/json', origin } }));
  }

  close(): Promise<void> {
    return this.http.dispose();
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.http.get(path);
    expect(response.status(), `${path}: ${await response.text()}`).toBe(200);
    return (await response.json()) as T;
  }

  /** Sends a form, whatever becomes of it. */
  send(path: string, form: Record<string, string> = {}): Promise<APIResponse> {
    return this.http.post(path, { form });
  }

  /** Sends a form that has to succeed. */
  async post(path: string, form: Record<string, string> = {}): Promise<void> {
    const response = await this.send(path, form);
    expect(await response.json(), path).toMatchObject({ outcome: 'done' });
  }

  signIn({ email, password }: Member): Promise<void> {
    return this.post('/api/sign-in', { email, password });
  }

  /** Connects an authenticator app with its first code. */
  async connectApp(name: string): Promise<Authenticator> {
    await this.post('/api/enrolment/start', { method: 'authenticator-app' });
    const { key } = await this.get<{ key: string }>('/api/enrolment/authenticator-app');
    const app = new Authenticator(key);
    await this.post('/api/enrolment/authenticator-app', { code: await app.code(), name });
    return app;
  }

  /** The backup codes that were just made, acknowledged as saved. */
  async saveCodes(): Promise<string[]> {
    const { codes } = await this.get<{ codes: string[] }>('/api/backup-codes/new');
    await this.post('/api/backup-codes/saved', { saved: 'yes' });
    return codes;
  }
}
