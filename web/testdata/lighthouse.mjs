// Prints what Lighthouse says of pages: node lighthouse.mjs NODE-MODULES CHROMIUM PROFILE ADDRESS... A line a page: its
// scores of 0 to 100, and the audits that failed.
const [modules, chromePath, userDataDir, ...addresses] = process.argv.slice(2);
const { default: run } = await import(modules + "/lighthouse/core/index.js");
const { launch } = await import(modules + "/chrome-launcher/dist/index.js");
const chromium = await launch({ chromePath, userDataDir, chromeFlags: [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
try {
  for (const address of addresses) {
    const { lhr } = await run(address, { port: chromium.port, logLevel: "error", output: "json", onlyCategories: ["accessibility", "best-practices", "seo"] });
    const score = (name) => Math.round(lhr.categories[name].score * 100);
    console.log(JSON.stringify({
      Address: address, Accessibility: score("accessibility"), Practices: score("best-practices"), SEO: score("seo"),
      Failed: Object.values(lhr.audits).filter((a) => a.score !== null && a.score < 1 && a.scoreDisplayMode === "binary").map((a) => a.id),
    }));
  }
} finally {
  chromium.kill();
}
