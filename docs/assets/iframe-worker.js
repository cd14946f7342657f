// Lets the search run where the site is opened from a folder. Browsers start no worker from a file, so that here a
// worker is a hidden frame which runs the worker's script: messages go in and out as they do with a worker.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.started = new Promise(resolve => {
        document.body.append(this.frame);
        const inside = this.frame.contentWindow;
        inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", {data}));
        const script = this.frame.contentDocument.createElement("script");
        script.src = url;
        script.addEventListener("load", () => resolve(inside));
        script.addEventListener("error", () => this.dispatchEvent(new Event("error")));
        this.frame.contentDocument.body.append(script);
      });
    }
    postMessage(data) {
      this.started.then(inside => inside.dispatchEvent(new MessageEvent("message", {data})));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
