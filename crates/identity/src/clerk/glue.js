// Shows Clerk's sign-in, sign-up or user button where the page has a place for it, and exchanges Clerk's token for a session of
// this installation: once when somebody has signed in, and again before the session ends.
addEventListener("load", async () => {
  const outside = document.getElementById("outside");
  const clerk = window.Clerk;
  if (!outside || !clerk) return;
  const { exchange, signOut, next, signedIn } = outside.dataset;
  await clerk.load({ ui: { ClerkUI: window.__internal_ClerkUICtor } });

  const send = async (method, address, body) => {
    const headers = body ? { "content-type": "application/json" } : {};
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    return answer.ok;
  };
  const renew = async () => {
    const token = await clerk.session.getToken({ skipCache: true });
    return Boolean(token) && send("POST", exchange, { token });
  };
  const mount = (id, how) => {
    const place = document.getElementById(id);
    if (place) how(place);
  };

  let here = signedIn === "true";
  let busy = false;
  const follow = async () => {
    if (busy) return;
    busy = true;
    try {
      if (clerk.isSignedIn && !here) {
        here = await renew();
        if (here && next) location.assign(next);
        if (!here) outside.dataset.state = "refused";
      } else if (!clerk.isSignedIn && here) {
        here = false;
        await send("DELETE", signOut);
        location.assign("/");
      }
    } finally {
      busy = false;
    }
  };

  // Our own button signs out over there too, else the next visit to the gate would sign in again.
  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      here = false;
      await send("DELETE", signOut);
      await clerk.signOut();
      location.assign("/");
    });
  }
  // What can't be undone asks for a new word instead of a password.
  for (const form of document.querySelectorAll("form[data-vouched]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      form.elements.token.value = (await clerk.session?.getToken({ skipCache: true })) ?? "";
      form.submit();
    });
  }

  if (clerk.isSignedIn) {
    mount("user", (place) => clerk.mountUserButton(place));
  } else {
    mount("sign-in", (place) => clerk.mountSignIn(place));
    mount("sign-up", (place) => clerk.mountSignUp(place));
  }
  clerk.addListener(follow);
  await follow();
  setInterval(() => here && clerk.isSignedIn && renew(), 20 * 60 * 1000);
});
