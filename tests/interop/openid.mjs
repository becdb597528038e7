// An OpenID Connect client and two JWT verifiers against a running server.
//
//   AGENTIDP_TEST_NODE=target/interop-node/bin/node \
//     node openid.mjs ISSUER CLIENT_ID CLIENT_SECRET
//
// openid-client plays the client, jose and oauth4webapi the resource server. The
// agent needs the scopes openid and agents:read. Prints one `ok` line per check;
// ends with 0 if all hold, 1 at the first that fails.

import { check, load, local, rejected, run } from './checks.mjs';

const openid = await load('openid-client');
const oauth = await load('oauth4webapi');
const jose = await load('jose');

const [issuer, clientId, clientSecret] = process.argv.slice(2);
const LIFETIME = 3600;

/** The client as it finds the server by itself. */
function discover(authentication, algorithm) {
  const execute = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks];
  return openid.discovery(local(issuer), clientId, undefined, authentication, { algorithm, execute });
}

function discovered(metadata) {
  check(metadata.issuer === issuer, 'discovery: issuer', metadata.issuer);
  const expected = {
    token_endpoint: '/api/v1/token',
    userinfo_endpoint: '/agent-info',
    jwks_uri: '/.well-known/jwks.json',
    introspection_endpoint: '/api/v1/token/introspect',
    revocation_endpoint: '/api/v1/token/revoke',
  };
  for (const [name, path] of Object.entries(expected)) {
    check(metadata[name] === issuer + path, `discovery: ${name}`, metadata[name]);
  }
  check(metadata.grant_types_supported.includes('client_credentials'), 'discovery: grant type');
  check(metadata.scopes_supported.includes('openid'), 'discovery: scope openid');
}

async function granted(config, method) {
  const nonce = openid.randomNonce();
  const wish = { scope: 'openid agents:read', nonce };
  const answer = await openid.clientCredentialsGrant(config, wish);
  check(answer.token_type === 'bearer', `${method}: a Bearer token`, answer.token_type);
  check(answer.expires_in === LIFETIME, `${method}: lifetime`, answer.expires_in);
  const scopes = answer.scope.split(' ').sort().join(' ');
  check(scopes === 'agents:read openid', `${method}: scopes`, answer.scope);
  check(answer.claims()?.sub === clientId, `${method}: openid-client accepts the ID token`);
  return { accessToken: answer.access_token, idToken: answer.id_token, nonce };
}

async function verifiesIdToken(keys, { idToken, nonce }) {
  const { payload, protectedHeader } = await jose.jwtVerify(idToken, keys, {
    issuer,
    audience: clientId,
    algorithms: ['RS256', 'ES256'],
    requiredClaims: ['sub', 'iat', 'exp', 'agent_type', 'deployment_env', 'organization_id'],
  });
  check(true, `ID token: signature, iss, aud and exp verify (${protectedHeader.alg})`);
  check(payload.sub === clientId, 'ID token: sub', payload);
  check(payload.nonce === nonce, 'ID token: nonce', payload);
  check(payload.exp - payload.iat === LIFETIME, 'ID token: one hour', payload);
  check(payload.did.startsWith('did:web:'), 'ID token: did', payload);
  check(protectedHeader.typ !== 'at+jwt', 'ID token: not of the type of an access token');
  const asAccessToken = { issuer, audience: issuer };
  await rejected(jose.jwtVerify(idToken, keys, asAccessToken), 'an ID token is no access token');
}

async function verifiesAccessToken(keys, config, { accessToken, nonce }) {
  const { payload } = await jose.jwtVerify(accessToken, keys, {
    issuer,
    audience: issuer,
    typ: 'at+jwt',
  });
  check(payload.sub === clientId && payload.client_id === clientId, 'access token: sub', payload);
  check(!JSON.stringify(payload).includes(nonce), 'access token: no nonce', payload);
  const headers = { authorization: `Bearer ${accessToken}` };
  const claims = await oauth.validateJwtAccessToken(
    config.serverMetadata(),
    new Request(issuer, { headers }),
    issuer,
    { [oauth.allowInsecureRequests]: true },
  );
  check(claims.jti === payload.jti, 'access token: valid after RFC 9068', claims);
}

async function tellsWhoIsAsking(config, { accessToken, idToken }) {
  const info = await openid.fetchUserInfo(config, accessToken, clientId);
  check(info.sub === clientId, 'agent-info: sub', info);
  check(info.did.startsWith('did:web:'), 'agent-info: did', info);
  const other = openid.fetchUserInfo(config, accessToken, 'somebody-else');
  await rejected(other, 'agent-info: another sub is noticed');
  const refused = openid.fetchUserInfo(config, idToken, clientId);
  const error = await rejected(refused, 'agent-info: an ID token is refused');
  check(error.status === 401, 'agent-info: 401', error.status);
}

async function endsTokens(config, { accessToken }) {
  const before = await openid.tokenIntrospection(config, accessToken);
  check(before.active && before.client_id === clientId, 'introspection: active', before);
  await openid.tokenRevocation(config, accessToken);
  const after = await openid.tokenIntrospection(config, accessToken);
  check(after.active === false, 'introspection: inactive after revocation', after);
  const refused = openid.fetchUserInfo(config, accessToken, clientId);
  await rejected(refused, 'agent-info: a revoked token is refused');
}

async function refuses(config) {
  const wrong = openid.ClientSecretBasic(`sk_live_${'0'.repeat(64)}`);
  const impostor = await discover(wrong, 'oidc');
  const error = await rejected(openid.clientCredentialsGrant(impostor), 'a wrong secret');
  // The library reports the challenge of a 401; the reason stands in its body.
  check(error.status === 401, 'a wrong secret: 401', error.status);
  const reason = await error.response.json();
  check(reason.error === 'invalid_client', 'a wrong secret: invalid_client', reason);
  const beyond = openid.clientCredentialsGrant(config, { scope: 'admin:orgs' });
  const scope = await rejected(beyond, 'a scope outside the grant');
  check(scope.error === 'invalid_scope', 'a scope outside the grant: invalid_scope', scope.error);
  const plain = await openid.clientCredentialsGrant(config, { scope: 'agents:read' });
  check(plain.id_token === undefined, 'no ID token without scope openid');
  const nowhere = await fetch(config.serverMetadata().authorization_endpoint);
  check(nowhere.status === 404, 'nothing is behind the authorization endpoint', nowhere.status);
}

async function knowsOAuthMetadata() {
  const config = await discover(openid.ClientSecretPost(clientSecret), 'oauth2');
  discovered({ userinfo_endpoint: `${issuer}/agent-info`, ...config.serverMetadata() });
  const answer = await openid.clientCredentialsGrant(config, { scope: 'agents:read' });
  check(answer.access_token.length > 0, 'RFC 8414: a token from the discovered endpoint');
}

await run(async () => {
  const keys = jose.createRemoteJWKSet(local(`${issuer}/.well-known/jwks.json`));
  const methods = {
    client_secret_basic: openid.ClientSecretBasic(clientSecret),
    client_secret_post: openid.ClientSecretPost(clientSecret),
  };
  for (const [method, authentication] of Object.entries(methods)) {
    const config = await discover(authentication, 'oidc');
    discovered(config.serverMetadata());
    const tokens = await granted(config, method);
    await verifiesIdToken(keys, tokens);
    await verifiesAccessToken(keys, config, tokens);
    await tellsWhoIsAsking(config, tokens);
    await endsTokens(config, tokens);
    await refuses(config);
  }
  await knowsOAuthMetadata();
});
