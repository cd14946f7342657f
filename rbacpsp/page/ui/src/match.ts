// Does a rule allow a request? The predicates of rbacpsp/rbac/match.py, which are those of the API server:
// pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac/rbac.go (1.24).
import type { RuleRow } from "./data";

export interface Request {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  name: string;
  namespace: string;
  /** A URL instead of a resource; empty: a resource. */
  path: string;
}

const ALL = "*";

const has = (words: string[], word: string): boolean => words.includes(word) || words.includes(ALL);

/** `*` is every URL; trailing `*`s make the rest a prefix, which need not end at a slash. */
export function urlMatches(allowed: string, url: string): boolean {
  if (allowed === ALL || allowed === url) return true;
  return allowed.endsWith(ALL) && url.startsWith(allowed.replace(/\*+$/, ""));
}

export function resourceMatches(resources: string[], resource: string, subresource: string): boolean {
  const combined = subresource ? `${resource}/${subresource}` : resource;
  return has(resources, combined) || (subresource !== "" && resources.includes(`*/${subresource}`));
}

/** Whether a rule allows a request, whoever the user is and wherever the rule applies. */
export function ruleAllows(rule: RuleRow, request: Request): boolean {
  const [verbs, groups, resources, names, urls] = rule;
  if (!has(verbs, request.verb)) return false;
  if (request.path) return urls.some((each) => urlMatches(each, request.path));
  return (
    has(groups, request.group) &&
    resourceMatches(resources, request.resource, request.subresource) &&
    (names.length === 0 || names.includes(request.name))
  );
}

/** The request in words: `get secrets in team-a`. */
export function requestWords(request: Request): string {
  if (request.path) return `${request.verb} ${request.path}`;
  const what = request.resource + (request.subresource ? `/${request.subresource}` : "");
  const group = request.group ? `.${request.group}` : "";
  const name = request.name ? ` "${request.name}"` : "";
  const where = request.namespace ? ` in namespace ${request.namespace}` : " at the cluster scope";
  return `${request.verb} ${what}${group}${name}${where}`;
}
