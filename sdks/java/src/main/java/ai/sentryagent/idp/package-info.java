/**
 * Client of AgentIdP, the identity provider for AI agents. Start with {@link
 * ai.sentryagent.idp.AgentIdPClient}.
 */
package ai.sentryagent.idp;
