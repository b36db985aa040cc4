// Asks Lighthouse about an address, once for each run: node measure.mjs URL PORT-OF-CHROMIUM RUNS
import lighthouse from 'lighthouse';
import { throttling } from 'lighthouse/core/config/constants.js';

const [url, port, runs] = process.argv.slice(2);
const flags = {
  port: Number(port),
  logLevel: 'error',
  formFactor: 'mobile',
  screenEmulation: { mobile: true, width: 360, height: 740, deviceScaleFactor: 2, disabled: false },
  // Applied, not simulated: the model does not see what a page waits for.
  throttlingMethod: 'devtools',
  throttling: throttling.mobileSlow4G,
  onlyCategories: ['performance', 'accessibility', 'best-practices'],
};

const seen = [];
for (let run = 0; run < Number(runs); run += 1) {
  const { lhr } = await lighthouse(url, flags);
  const score = (name) => Math.round(lhr.categories[name].score * 100);
  const { host } = new URL(url);
  const asked = lhr.audits['network-requests'].details.items.map((item) => new URL(item.url));
  seen.push({
    performance: score('performance'),
    accessibility: score('accessibility'),
    best_practices: score('best-practices'),
    lcp_ms: lhr.audits['largest-contentful-paint'].numericValue,
    tbt_ms: lhr.audits['total-blocking-time'].numericValue,
    cls: lhr.audits['cumulative-layout-shift'].numericValue,
    elsewhere: asked.filter((one) => one.protocol.startsWith('http') && one.host !== host).length,
    unmet: Object.values(lhr.categories)
      .filter((category) => category.id !== 'performance')
      .flatMap((category) => category.auditRefs)
      .filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1)
      .map((ref) => ref.id),
  });
}
process.stdout.write(JSON.stringify(seen));
