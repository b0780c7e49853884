// The playground server's control routes (docs/playground.md), nothing else.

export class ApiError extends Error {
  constructor(status, answer) {
    super(answer?.detail || answer?.error || `the playground answered ${status}`);
    this.status = status;
    this.code = answer?.error;
    this.errors = answer?.errors; // below the inputs of a modal, by block
  }
}

async function request(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer?.ok === false) throw new ApiError(response.status, answer);
  return answer;
}

export const get = (path) => request("GET", path);
export const post = (path, body = {}) => request("POST", path, body);
export const remove = (path) => request("DELETE", path);

const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));

export const workspace = () => get("/workspace");
export const screen = (user) => get(`/people/${user}/screen`);
export const messages = (user, channel, thread) =>
  get(`/people/${user}/messages?${query({ channel, thread_ts: thread, limit: 1000 })}`);
export const find = (user, text) => get(`/people/${user}/find?${query({ text })}`);

/** What a person does. */
export const act = (user, name, body) => post(`/people/${user}/${name}`, body);

export const calls = (since) => get(`/calls?${query({ since })}`);
export const deliveries = () => get("/deliveries");
export const phones = () => get("/phones");
export const faults = {
  list: () => get("/faults"),
  add: (fault) => post("/faults", fault),
  remove: (id) => remove(`/faults/${id}`),
  clear: () => remove("/faults"),
  dead: () => post("/faults/dead"),
  alive: () => post("/faults/alive"),
  rateLimits: (on) => post("/faults/rate-limits", { on }),
};
