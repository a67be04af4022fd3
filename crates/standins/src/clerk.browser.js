// What ClerkJS gives to a page, as far as it is used: load, mount, getToken, listeners, sign-out.
(() => {
  const issuer = new URL(document.currentScript.src).origin;
  const ask = async (path, body) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(issuer + path, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.json();
  };
  const listeners = [];
  const tell = () => listeners.forEach((listener) => listener({ session: Clerk.session }));
  const become = (session) => {
    session ? localStorage.setItem("session", session) : localStorage.removeItem("session");
    Clerk.isSignedIn = Boolean(session);
    Clerk.session = session
      ? { id: session, getToken: async () => (await ask("/stand-in/token", { session, issuer })).jwt }
      : null;
  };
  const form = (place, label) => {
    place.innerHTML = `<form><label>Email <input name="identifier" type="email" required></label><button>${label}</button></form>`;
    place.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const email = place.querySelector("input").value;
      become((await ask("/stand-in/sign-in", { email })).session);
      tell();
    });
  };
  window.Clerk = {
    isSignedIn: false,
    session: null,
    load: async () => become(localStorage.getItem("session")),
    addListener: (listener) => listeners.push(listener),
    mountSignIn: (place) => form(place, "Continue"),
    mountSignUp: (place) => form(place, "Sign up"),
    mountUserButton: (place) => {
      place.innerHTML = "<button>Sign out</button>";
      place.querySelector("button").addEventListener("click", () => Clerk.signOut());
    },
    signOut: async () => {
      become(null);
      tell();
    },
  };
})();
