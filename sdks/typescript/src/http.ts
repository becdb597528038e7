import {
  AgentIdPError,
  ErrorCode,
  errorOfAnswer,
  invalidArgument,
  invalidResponse,
} from './errors.js';
import type { JsonValue } from './models/index.js';
import { VERSION } from './version.js';

/** Time limit of a request without a setting, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** Longest delay of a timer; beyond it timers fire at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** One call of the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, made with {@link path}. */
  readonly path: string;
  /** Query parameters; those without a value are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** JSON body. */
  readonly json?: object;
  /** Form body, of the OAuth endpoints; fields without a value are left out. */
  readonly form?: Readonly<Record<string, string | undefined>>;
}

/** Status and JSON of a success answer; `body` is `undefined` when it was empty. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: JsonValue | undefined;
}

/**
 * Makes a path; every value becomes one segment.
 *
 * @throws {@link AgentIdPError} for a value that cannot be one segment: it would
 * address another resource than the caller means.
 */
export function path(literals: TemplateStringsArray, ...ids: string[]): string {
  return String.raw({ raw: literals }, ...ids.map(segment));
}

function segment(id: string): string {
  if (typeof id !== 'string' || /^\.{0,2}$/.test(id)) {
    throw invalidArgument('An id must be a text that is neither empty nor "." nor "..".');
  }
  return encodeURIComponent(id);
}

/** Sends requests and turns every failure into an {@link AgentIdPError}. */
export class HttpTransport {
  /** Origin of the server without a trailing slash. */
  readonly baseUrl: string;
  readonly #timeoutMs: number;

  constructor(baseUrl: string, timeoutMs: number = DEFAULT_TIMEOUT_MS) {
    this.baseUrl = checkedBaseUrl(baseUrl);
    if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw invalidArgument(`timeoutMs must be above 0 and at most ${MAX_TIMEOUT_MS}.`);
    }
    this.#timeoutMs = timeoutMs;
  }

  /** Sends one request, once. Redirects are not followed: they could carry secrets elsewhere. */
  async send(request: ApiRequest, accessToken?: string): Promise<ApiAnswer> {
    const url = `${this.baseUrl}/api/v1${request.path}${queryOf(request)}`;
    const { response, text } = await this.#exchange(url, {
      method: request.method,
      headers: headersOf(request, accessToken),
      body: bodyOf(request),
      redirect: 'manual',
      credentials: 'omit',
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const body = parsed(text);
    if (!response.ok) {
      throw errorOfAnswer(response.status, body, response.headers.get('Retry-After'));
    }
    if (body === undefined && text !== '') {
      throw invalidResponse(response.status, 'The server answered with something other than JSON.');
    }
    return { status: response.status, body };
  }

  async #exchange(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(url, init);
      return { response, text: await response.text() };
    } catch (cause) {
      throw new AgentIdPError(ErrorCode.NETWORK, this.#reason(cause), undefined, undefined, { cause });
    }
  }

  #reason(cause: unknown): string {
    if (!(cause instanceof Error)) {
      return 'The server could not be reached.';
    }
    if (cause.name === 'TimeoutError') {
      return `The server did not answer within ${this.#timeoutMs} ms.`;
    }
    const root = cause.cause instanceof Error && cause.cause.message ? cause.cause : cause;
    return `The server could not be reached: ${root.message}`;
  }
}

function checkedBaseUrl(baseUrl: string): string {
  const bare = typeof baseUrl === 'string' ? baseUrl.replace(/\/+$/, '') : '';
  let url: URL;
  try {
    url = new URL(bare);
  } catch {
    throw invalidArgument('baseUrl must be the origin of the server, e.g. http://localhost:3000.');
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(bare)) {
    throw invalidArgument('baseUrl must be an http or https URL without user, query and fragment.');
  }
  return bare;
}

function queryOf({ query = {} }: ApiRequest): string {
  const text = present(query).toString();
  return text === '' ? '' : `?${text}`;
}

function bodyOf({ json, form }: ApiRequest): string | null {
  if (form !== undefined) {
    return present(form).toString();
  }
  return json === undefined ? null : JSON.stringify(json);
}

function present(values: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const result = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) {
      result.set(name, String(value));
    }
  }
  return result;
}

function headersOf(request: ApiRequest, accessToken: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (request.form !== undefined) {
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
  } else if (request.json !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  if (accessToken !== undefined) {
    headers['Authorization'] = `Bearer ${accessToken}`;
  }
  if (!inBrowser()) {
    headers['User-Agent'] = `sentryagent-idp-typescript/${VERSION}`;
  }
  return headers;
}

/** Browsers name themselves, and CORS does not admit the header. */
function inBrowser(): boolean {
  return 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
