package ffmerge.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import ffmerge.serve.CompletionRequest.Refused;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The HTTP endpoint of one model, on this machine alone: {@code /v1/completions} and {@code /v1/models}. Requests are answered
 * one after the other; what is wrong with one is said as OpenAI says it.
 */
final class CompletionServer implements AutoCloseable {
    /** A request that is larger is a mistake: 4 million tokens in brackets. */
    private static final int MOST_BYTES = 32 << 20;

    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final HttpServer server;
    private final ExecutorService threads;
    private final String name;
    private final Set<String> alsoCalled;
    private final Completions completions;
    private final Instant started = Instant.now();
    private final AtomicLong answered = new AtomicLong();

    /**
     * Takes a port; who asks there waits until it is served.
     *
     * @param port 0 for a free one
     * @throws UserError if the port is in use
     */
    static HttpServer listen(int port) {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (BindException e) {
            throw new UserError(
                    "port " + port
                            + " can't be listened at: it is in use, or kept for others; name another one by --port, or"
                            + " --port 0 for one that is free",
                    e);
        } catch (IOException e) {
            throw UserError.cannot("listen at port " + port, e);
        }
    }

    /**
     * Begins to answer.
     *
     * @param server listens
     * @param name of the model
     * @param alsoCalled what clients may call it as well
     */
    CompletionServer(HttpServer server, String name, Set<String> alsoCalled, Completions completions) {
        this.server = server;
        this.name = name;
        this.alsoCalled = Set.copyOf(alsoCalled);
        this.completions = completions;
        this.threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** What is sent back. */
    private record Answer(int status, ObjectNode json) {}

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (Refused e) {
                answer = error(400, e.getMessage(), e.field());
            } catch (UserError e) {
                answer = error(400, e.getMessage(), null);
            } catch (RuntimeException e) {
                e.printStackTrace(); // a bug, for whoever runs the server
                answer = error(500, "ffmerge failed on this request; the server's own output says more", null);
            }
            byte[] body = PythonJson.write(answer.json());
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.status(), head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        if (isFromElsewhere(exchange)) {
            return error(403, "this endpoint answers programs of this machine, no pages of a browser", null);
        }
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        return switch (path) {
            case "/v1/completions" -> method.equals("POST") ? completion(exchange) : wrongMethod(path, "POST");
            case "/v1/models" -> isRead(method) ? new Answer(200, models()) : wrongMethod(path, "GET");
            default ->
                isRead(method) && path.equals("/v1/models/" + name)
                        ? new Answer(200, model())
                        : error(404, "there is no " + path + " here; there are /v1/completions and /v1/models", null);
        };
    }

    /** A page of some site could make a browser ask here, under a name of its own or from its own origin. */
    private static boolean isFromElsewhere(HttpExchange exchange) {
        String host = exchange.getRequestHeaders().getFirst("Host");
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        boolean otherHost = host != null && !OWN_NAMES.contains(host.replaceFirst(":\\d+$", ""));
        return otherHost || origin != null && !isOwn(origin);
    }

    private static boolean isOwn(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host != null && OWN_NAMES.contains(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isRead(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }

    private static Answer wrongMethod(String path, String right) {
        return error(405, path + " is asked by " + right, null);
    }

    private static Answer error(int status, String message, String field) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("error")
                .put("message", message)
                .put("type", status == 500 ? "server_error" : "invalid_request_error")
                .put("param", field)
                .putNull("code");
        return new Answer(status, json);
    }

    private Answer completion(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            return error(
                    413,
                    "the request is larger than " + (MOST_BYTES >> 20) + " MB; ask for fewer prompts at a time",
                    null);
        }
        JsonNode json = PythonJson.parse(body, "the request");
        if (!(json instanceof ObjectNode object)) {
            return error(400, "the request is not a JSON object", null);
        }
        CompletionRequest request = CompletionRequest.of(object);
        if (request.model().isPresent() && !isThisModel(request.model().get())) {
            return error(
                    404, "there is no model '" + request.model().get() + "' here; there is '" + name + "'", "model");
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("id", "cmpl-" + answered.incrementAndGet());
        answer.put("object", "text_completion");
        answer.put("created", Instant.now().getEpochSecond());
        answer.put("model", name);
        synchronized (completions) {
            answer.setAll(completions.answer(request));
        }
        return new Answer(200, answer);
    }

    private boolean isThisModel(String called) {
        return called.equals(name) || alsoCalled.contains(called);
    }

    private ObjectNode models() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("object", "list");
        json.putArray("data").add(model());
        return json;
    }

    private ObjectNode model() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", name)
                .put("object", "model")
                .put("created", started.getEpochSecond())
                .put("owned_by", "ffmerge");
    }

    /** Takes no more requests. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
