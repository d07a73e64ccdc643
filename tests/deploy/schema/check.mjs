// Holds every object of the given YAML files against Kubernetes' own schemas, and says what does not
// fit. Usage: node check.mjs file...
import { readFileSync } from "node:fs";
import yaml from "js-yaml";

// Not Kubernetes' own: of kustomize and of the Prometheus operator.
const foreign = ["kustomize.config.k8s.io/", "monitoring.coreos.com/"];

async function modelOf({ apiVersion, kind }) {
  const models = await import(`kubernetes-models/${apiVersion}`);
  if (!models[kind]) throw new Error(`${apiVersion} has no ${kind}`);
  return models[kind];
}

let failed = 0;
let checked = 0;
for (const file of process.argv.slice(2)) {
  for (const object of yaml.loadAll(readFileSync(file, "utf8"))) {
    if (!object || foreign.some((group) => object.apiVersion.startsWith(group))) continue;
    try {
      const Model = await modelOf(object);
      new Model(object).validate();
      checked += 1;
    } catch (error) {
      failed += 1;
      console.log(`${file}: ${object.kind} ${object.metadata?.name}: ${error.message}`);
    }
  }
}
console.log(`${checked} objects fit, ${failed} do not`);
process.exit(failed === 0 && checked > 0 ? 0 : 1);
