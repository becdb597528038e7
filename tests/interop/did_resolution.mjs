// A did:web resolver against a running server.
//
//   AGENTIDP_TEST_NODE=target/interop-node/bin/node \
//     node did_resolution.mjs BASE_URL DID TOKEN JWS_FILE CERTIFICATE KEY
//
// did-resolver with web-did-resolver resolves, jose uses the keys. Resolvers insist
// on TLS, which is spoken here in front of the server, on the host and port that DID
// names, with a certificate that only this process trusts. TOKEN is an access token
// with agents:write; JWS_FILE holds a signature made with the private key behind DID.
// The agent is decommissioned. Prints one `ok` line per check; ends with 0 if all
// hold, 1 at the first that fails.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';

import { check, load, local, rejected, run } from './checks.mjs';

const { Resolver } = await load('did-resolver');
const { getResolver } = await load('web-did-resolver');
const jose = await load('jose');

const [base, did, token, jwsFile, certificateFile, keyFile] = process.argv.slice(2);
const [instance, agentId] = did.split(':agents:');
const resolver = new Resolver(getResolver());
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/** The server behind TLS. */
async function secured() {
  const [cert, key] = [await readFile(certificateFile), await readFile(keyFile)];
  https.globalAgent.options.ca = cert;
  const server = https.createServer({ cert, key }, (request, response) => {
    const { method, url, headers } = request;
    const passed = http.request(base + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', (error) => response.destroy(error));
    request.pipe(passed);
  });
  const { hostname, port } = local(`https://${decodeURIComponent(instance.split(':').at(-1))}`);
  server.listen(port, hostname);
  await once(server, 'listening');
  return server;
}

async function resolved(name) {
  const { didDocument, didResolutionMetadata } = await resolver.resolve(name);
  check(!didResolutionMetadata.error, `${name}: resolves`, didResolutionMetadata);
  const { contentType } = didResolutionMetadata;
  check(contentType === 'application/did+ld+json', `${name}: JSON-LD`, contentType);
  check(didDocument.id === name, `${name}: is the subject`, didDocument.id);
  check(didDocument.controller === instance, `${name}: controller`, didDocument.controller);
  const methods = didDocument.verificationMethod;
  check(methods.length > 0, `${name}: has keys`);
  for (const { id, type, controller, publicKeyJwk } of methods) {
    check(type === 'JsonWebKey2020' && controller === name, `${id}: type and controller`);
    const isPublic = PRIVATE_MEMBERS.every((member) => !(member in publicKeyJwk));
    check(isPublic, `${id}: no private member`, Object.keys(publicKeyJwk));
    for (const purpose of ['authentication', 'assertionMethod']) {
      check(didDocument[purpose].includes(id), `${id}: for ${purpose}`, didDocument[purpose]);
    }
  }
  return didDocument;
}

async function agentKey() {
  const document = await resolved(did);
  const [{ id, publicKeyJwk }, ...others] = document.verificationMethod;
  check(id === `${did}#key-1` && others.length === 0, 'one key, #key-1', id);
  check(document.agntcy.agentId === agentId, 'agntcy: agentId', document.agntcy);
  const key = await jose.importJWK(publicKeyJwk, 'ES256');
  const jws = (await readFile(jwsFile, 'utf8')).trim();
  const { payload } = await jose.compactVerify(jws, key);
  const signed = new TextDecoder().decode(payload);
  check(signed === did, 'a signature of the agent verifies with its document', signed);
  const [header, , signature] = jws.split('.');
  const forged = [header, jose.base64url.encode('did:web:other'), signature].join('.');
  await rejected(jose.compactVerify(forged, key), 'a forged statement does not');
}

async function instanceKeys() {
  const document = await resolved(instance);
  const { kid, alg } = jose.decodeProtectedHeader(token);
  const method = document.verificationMethod.find(({ id }) => id === `${instance}#${kid}`);
  check(method, 'the key of an access token is in the document of the installation', kid);
  await jose.jwtVerify(token, await jose.importJWK(method.publicKeyJwk, alg));
  check(true, 'an access token verifies with that key');
}

async function deactivated() {
  const headers = { authorization: `Bearer ${token}` };
  const options = { method: 'DELETE', headers };
  const { status } = await fetch(local(`${base}/api/v1/agents/${agentId}`), options);
  check(status === 204, 'the agent is decommissioned', status);
  const { didDocument, didResolutionMetadata } = await resolver.resolve(did);
  check(didDocument === null, 'no document of a decommissioned agent', didDocument);
  check(didResolutionMetadata.error === 'notFound', 'an error instead', didResolutionMetadata);
  const direct = await fetch(local(`${base}/agents/${agentId}/did.json`));
  check(direct.status === 410, 'its address is gone: 410', direct.status);
  const { code } = await direct.json();
  check(code === 'AGENT_DECOMMISSIONED', 'and says why', code);
}

await run(async () => {
  const server = await secured();
  try {
    await agentKey();
    await instanceKeys();
    await deactivated();
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
});
