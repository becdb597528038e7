import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type {
  Credential,
  CredentialRequest,
  CredentialWithSecret,
  ListCredentialsParams,
  Page,
} from '../models/index.js';

/** The credentials of an agent: with `agents:write`, or of the calling agent itself. */
export class CredentialClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Generates a credential. Each call makes a new one; it is never repeated.
   *
   * @param agentId - id of an active agent
   * @param request - options
   * @returns the credential with its secret, which is shown this one time only
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`, `AGENT_NOT_ACTIVE`,
   * `CREDENTIAL_LIMIT_REACHED`
   */
  async generateCredential(
    agentId: string,
    request: CredentialRequest = {},
  ): Promise<CredentialWithSecret> {
    return this.#api.fetch({
      method: 'POST',
      path: path`/agents/${agentId}/credentials`,
      json: request,
    });
  }

  /**
   * Lists the credentials of an agent, newest first, without their secrets.
   *
   * @param agentId - id of the agent
   * @param params - filters and page
   * @returns one page of credentials
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`
   */
  async listCredentials(
    agentId: string,
    params: ListCredentialsParams = {},
  ): Promise<Page<Credential>> {
    return this.#api.fetch({
      method: 'GET',
      path: path`/agents/${agentId}/credentials`,
      query: { ...params },
    });
  }

  /**
   * Replaces the secret of a credential; the old one is invalid at once. After the
   * rotation of the secret that the client itself uses, make a new client.
   *
   * @param agentId - id of the agent
   * @param credentialId - id of the credential
   * @param request - options; without `expiresAt` the credential does not expire
   * @returns the credential with its new secret, which is shown this one time only
   * @throws {@link AgentIdPError} e.g. `CREDENTIAL_NOT_FOUND`, `CREDENTIAL_ALREADY_REVOKED`
   */
  async rotateCredential(
    agentId: string,
    credentialId: string,
    request: CredentialRequest = {},
  ): Promise<CredentialWithSecret> {
    return this.#api.fetch({
      method: 'POST',
      path: path`/agents/${agentId}/credentials/${credentialId}/rotate`,
      json: request,
    });
  }

  /**
   * Revokes a credential for good.
   *
   * @param agentId - id of the agent
   * @param credentialId - id of the credential
   * @returns nothing
   * @throws {@link AgentIdPError} e.g. `CREDENTIAL_NOT_FOUND`, `CREDENTIAL_ALREADY_REVOKED`
   */
  async revokeCredential(agentId: string, credentialId: string): Promise<void> {
    return this.#api.run({
      method: 'DELETE',
      path: path`/agents/${agentId}/credentials/${credentialId}`,
    });
  }
}
