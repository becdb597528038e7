// What no page may do, whatever is tested: errors in the console, exceptions,
// dialogs of scripts, violations of the content security policy, requests to
// other hosts.

/** Watches all pages of a context; `tolerated` are patterns of known messages. */
export async function watch(context, base, tolerated) {
  const problems = [];
  const report = (text) => {
    if (!tolerated.some((pattern) => pattern.test(text))) {
      problems.push(text);
    }
  };
  context.on('console', (message) => {
    if (message.type() === 'error') {
      report(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => report(`exception: ${error.error().message}`));
  context.on('dialog', async (dialog) => {
    report(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:'].includes(url.protocol) && url.origin !== base) {
      report(`request to another host: ${request.url()}`);
    }
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { effectiveDirective, blockedURI, sourceFile, lineNumber } = event;
      const place = `${sourceFile}:${lineNumber}`;
      console.error(`policy violated: ${effectiveDirective} ${blockedURI} at ${place}`);
    });
  });
  return problems;
}

/** The message of the console for a page that is answered with a status. */
export const answered = (...statuses) =>
  new RegExp(
    `Failed to load resource: the server responded with a status of (${statuses.join('|')})`,
  );
