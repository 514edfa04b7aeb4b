// Starts the documentation of the API; what it sends carries this page's form token.
(function () {
  "use strict";
  var place = document.getElementById("api-docs");
  var token = document.querySelector('meta[name="csrf-token"]').content;
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    requestInterceptor: function (request) {
      if (request.method !== "GET" && !request.headers.Authorization) {
        request.headers["X-CSRF-Token"] = token;
      }
      return request;
    }
  });
})();
