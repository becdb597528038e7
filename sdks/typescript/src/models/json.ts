/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** Any JSON object. */
export interface JsonObject {
  [member: string]: JsonValue;
}

/**
 * An enumeration that may grow: the listed values are offered by the editor,
 * every other string of a newer server is accepted too.
 */
export type OpenEnum<Known extends string> = Known | (string & Record<never, never>);
