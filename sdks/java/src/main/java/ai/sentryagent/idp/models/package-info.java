/**
 * Requests and answers of the API. Enumerations are strings with the known values in classes of
 * constants, so that a value of a newer server is kept as it is.
 */
package ai.sentryagent.idp.models;
