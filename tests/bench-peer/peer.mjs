// oidc-provider, issuing JWT access tokens for client credentials in memory.
//
//   node peer.mjs PORT ALGORITHM     ALGORITHM: RS256 or ES256
//
// Its own defaults wherever they do not stand in the way: tokens are JWTs of
// RFC 9068 as those of AgentIdP, the client's secret is compared in clear.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

import Provider from 'oidc-provider';

const [port, algorithm] = process.argv.slice(2);
const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
};
if (!(algorithm in kinds)) {
  console.error('usage: node peer.mjs PORT RS256|ES256');
  process.exit(2);
}

const { privateKey } = await promisify(generateKeyPair)(...kinds[algorithm]);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'no-secret',
      grant_types: ['client_credentials'],
      id_token_signed_response_alg: algorithm,
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: {
    keys: [{ ...privateKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig' }],
  },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => issuer,
      getResourceServerInfo: () => ({
        audience: issuer,
        scope: 'agents:read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: algorithm } },
      }),
    },
  },
});

provider.listen(Number(port), '127.0.0.1');
