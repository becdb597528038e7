import type { JsonObject, JsonValue } from './models/json.js';

/** Codes of errors that do not come from the body of an answer. */
export const ErrorCode = {
  /** The server was not reached, or did not answer in time; no HTTP status. */
  NETWORK: 'NETWORK_ERROR',
  /** An error answer without a readable body. */
  HTTP: 'HTTP_ERROR',
  /** A success answer whose body is not what the API describes. */
  INVALID_RESPONSE: 'INVALID_RESPONSE',
  /** Nothing was sent: a setting or an argument cannot be right; no HTTP status. */
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
} as const;

/**
 * Every failure of a call. `code`, `message` and `details` are those of the server
 * where it answered with them, e.g. `AGENT_NOT_FOUND`.
 */
export class AgentIdPError extends Error {
  override readonly name = 'AgentIdPError';
  /** Machine-readable code, upper snake case. */
  readonly code: string;
  /** Status of the answer; `undefined` when there was none. */
  readonly httpStatus: number | undefined;
  /**
   * Further data of the error, e.g. `requiredScopes` of a `FORBIDDEN`. `retryAfter`
   * is the wait in seconds where the server gave one, as it does with 429.
   */
  readonly details: JsonObject | undefined;

  /**
   * @param code - machine-readable code
   * @param message - text for humans
   * @param httpStatus - status of the answer, if there was one
   * @param details - further data
   * @param options - `cause`: the underlying error
   */
  constructor(
    code: string,
    message: string,
    httpStatus?: number,
    details?: JsonObject,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/** The error that an answer outside 2xx stands for; `body` is its JSON, if it had any. */
export function errorOfAnswer(
  status: number,
  body: JsonValue | undefined,
  retryAfter: string | null,
): AgentIdPError {
  const members = isObject(body) ? body : {};
  const code = text(members['code']) ?? text(members['error']) ?? ErrorCode.HTTP;
  const message =
    text(members['message']) ??
    text(members['error_description']) ??
    `The server answered with HTTP status ${status}.`;
  const details = isObject(members['details']) ? members['details'] : undefined;
  const wait = retryAfter === null ? undefined : seconds(retryAfter);
  return new AgentIdPError(
    code,
    message,
    status,
    wait === undefined ? details : { ...details, retryAfter: wait },
  );
}

/** The error of a success answer that makes no sense. */
export function invalidResponse(status: number, message: string): AgentIdPError {
  return new AgentIdPError(ErrorCode.INVALID_RESPONSE, message, status);
}

/** The error of a setting or an argument that cannot be right. */
export function invalidArgument(message: string): AgentIdPError {
  return new AgentIdPError(ErrorCode.INVALID_ARGUMENT, message);
}

/** Whether a JSON value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Both forms of `Retry-After` (RFC 9110 section 10.2.3) as a wait in seconds. */
function seconds(header: string): number | undefined {
  if (/^\d+$/.test(header)) {
    return Number(header);
  }
  const wait = Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}
