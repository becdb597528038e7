// A verifier that runs while signing keys rotate.
//
//   AGENTIDP_TEST_NODE=target/interop-node/bin/node node rotation.mjs BASE_URL ISSUER
//
// Reads a question per line, as JSON {"client", "accessToken", "idToken"}, and answers
// each with a line: {"kid"} of the key that verified the access token, or {"error"} if
// one of the two does not verify; a rotation may come between them. jose fetches the
// keys of BASE_URL and keeps them as it does by default: ten minutes, asking again for
// an unknown key at most every 30 seconds. Ends with its input.

import { createInterface } from 'node:readline';

import { load, local } from './checks.mjs';

const jose = await load('jose');

const [base, issuer] = process.argv.slice(2);
const keys = jose.createRemoteJWKSet(local(`${base}/.well-known/jwks.json`));

async function verified({ client, accessToken, idToken }) {
  const options = { issuer, subject: client };
  const [access] = await Promise.all([
    jose.jwtVerify(accessToken, keys, { ...options, audience: issuer, typ: 'at+jwt' }),
    jose.jwtVerify(idToken, keys, { ...options, audience: client }),
  ]);
  return { kid: access.protectedHeader.kid };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await verified(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  console.log(JSON.stringify(answer));
}
