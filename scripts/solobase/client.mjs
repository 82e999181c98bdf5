// A client after the samples of Solobase's authentication page: it stores two tokens, refreshes when the access token has
// expired, and reads `data` and `error`. Its base URL is all that it is given.
import { readFileSync } from 'node:fs';

class SolobaseClient {
  constructor(baseUrl) {
    this.baseUrl = baseUrl;
    this.token = null;
    this.refreshToken = null;
  }

  async request(method, path, body) {
    const headers = { 'Content-Type': 'application/json' };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const result = await response.json();
    if (!result.success) {
      if (result.error.code === 'TOKEN_EXPIRED' && this.refreshToken) {
        await this.refresh();
        return this.request(method, path, body);
      }
      throw Object.assign(new Error(result.error.message), { status: response.status, ...result.error });
    }
    return result.data;
  }

  register(name, email, password) {
    const body = { name, email, password, password_confirmation: password };
    return this.request('POST', '/api/auth/register', body);
  }

  async login(email, password) {
    const data = await this.request('POST', '/api/auth/login', { email, password });
    this.token = data.token;
    this.refreshToken = data.refresh_token;
    return data.user;
  }

  async refresh() {
    this.token = null;
    const data = await this.request('POST', '/api/auth/refresh', { refresh_token: this.refreshToken });
    this.token = data.token;
  }

  async me() {
    return (await this.request('GET', '/api/auth/me')).user;
  }

  async logout() {
    await this.request('POST', '/api/auth/logout');
    this.token = this.refreshToken = null;
  }
}

function check(what, found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

async function refused(what, promise, status, code) {
  const error = await promise.then(() => null, (error) => error);
  check(what, error && [error.status, error.code], [status, code]);
  return error;
}

async function main(baseUrl) {
  const client = new SolobaseClient(baseUrl);
  const made = await client.register('Ada', 'ada@js.example', 'SecurePass123!');
  check('the new user', [typeof made.user.id, made.user.role, made.user.email_verified], ['number', 'user', false]);
  const taken = await refused('the same once more', client.register('Ada', 'ada@js.example', 'short'), 422, 'VALIDATION_ERROR');
  check('its details', taken.details, {
    email: ['Email already exists'],
    password: ['Password must be at least 8 characters'],
  });
  const user = await client.login('ada@js.example', 'SecurePass123!');
  check('who signed in', [user.email, user.name], ['ada@js.example', 'Ada']);
  check('the permissions', (await client.me()).permissions, ['read', 'write']);
  const before = client.refreshToken;
  await client.refresh();
  check('the refresh token', client.refreshToken, before);
  await client.request('PUT', '/api/auth/me', { name: 'Ada Lovelace' });
  check('the new name', (await client.me()).name, 'Ada Lovelace');
  const records = '/api/database/tables/notes/records';
  const { record } = await client.request('POST', records, { text: 'from JavaScript' });
  check('the new row', record.text, 'from JavaScript');
  const found = await client.request('GET', `${records}?search=javascript`);
  check('found', found.pagination, { page: 1, limit: 50, total: 1, pages: 1 });
  const filter = encodeURIComponent('text=from Java');
  check('not found', (await client.request('GET', `${records}?filter=${filter}`)).records, []);
  const changed = await client.request('PUT', `${records}/${record.id}`, { text: 'from JavaScript, changed' });
  check('the changed row', changed.record.text, 'from JavaScript, changed');
  const gone = await client.request('DELETE', `${records}/${record.id}`);
  check('its end', gone.message, 'Record deleted successfully');
  await refused('what is gone', client.request('GET', `${records}/${record.id}`), 404, 'RECORD_NOT_FOUND');
  await client.request('POST', '/api/auth/change-password', {
    current_password: 'SecurePass123!',
    new_password: 'AnotherPass456!',
    new_password_confirmation: 'AnotherPass456!',
  });
  await client.me();
  const token = client.token;
  await client.logout();
  client.token = token;
  await refused('after the logout', client.me(), 401, 'TOKEN_INVALID');
  client.token = null;
  await refused('the old password', client.login('ada@js.example', 'SecurePass123!'), 401, 'INVALID_CREDENTIALS');
  await client.login('ada@js.example', 'AnotherPass456!');
  await client.request('POST', '/api/auth/forgot-password', { email: 'ada@js.example' });
  console.log('solobase, JavaScript: signed up, in and out, refreshed, wrote, found, changed, deleted; changed the password; 4 refusals');
}

main(JSON.parse(readFileSync(process.argv[2], 'utf8')).base_url).catch((error) => {
  console.error(`solobase, JavaScript: ${error.message}`);
  process.exit(1);
});
