// A fetch handler: a request of the Fetch standard in, a response out.
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const name = decodeURIComponent(pathname.split('/').pop()) || 'world';
    console.log('%s %s', request.method, pathname);
    return Response.json({ message: `Hello, ${name}!` });
  },
};
