package ffmerge.hub;

import ffmerge.Interrupted;
import ffmerge.StopRequest;
import ffmerge.UserError;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Asks a hub, again where that may help. Redirects are followed here and not by the HTTP client, so that the token goes
 * to the hub alone: never to another host, port or scheme, and not back after a detour.
 */
final class HubHttp {
    /** Something that may fail for reasons that pass. */
    interface Attempt<T> {
        T run() throws IOException;
    }

    private static final String AGENT = "ffmerge";
    private static final int MOST_REDIRECTS = 10;
    static final int ATTEMPTS = 5;
    /** Where nobody takes a connection. */
    private static final int MUTE_ATTEMPTS = 3;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** Longer than this nobody waits for a cell to go on. */
    private static final Duration LONGEST_WAIT_ASKED = Duration.ofMinutes(5);

    private final HubSettings settings;
    private HttpClient client;

    HubHttp(HubSettings settings) {
        this.settings = settings;
    }

    URI uri(String path) {
        return URI.create(settings.endpoint() + path);
    }

    /**
     * Runs an attempt until it succeeds.
     *
     * @throws HubUnreachable if it failed too often
     * @throws CancellationException if the thread was interrupted
     */
    <T> T retrying(Attempt<T> attempt) {
        for (int failures = 1; ; failures++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                pause(e, failures);
            }
        }
    }

    /**
     * Waits before a next attempt.
     *
     * @param failures how many there were in a row
     * @throws HubUnreachable if they are too many, or time won't help
     */
    void pause(IOException failure, int failures) {
        Interrupted.throwIfCause(failure);
        boolean mute = failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
        if (failures >= (mute ? MUTE_ATTEMPTS : ATTEMPTS) || isHopeless(failure)) {
            throw new HubUnreachable(
                    Refusal.host(settings) + " can't be reached: " + reason(failure)
                            + "; try again later, or set HF_HUB_OFFLINE=1 to use what is in the cache",
                    failure);
        }
        Duration pause = settings.firstPause().multipliedBy(1L << (failures - 1));
        if (pause.compareTo(LONGEST_PAUSE) > 0) {
            pause = LONGEST_PAUSE;
        }
        if (failure instanceof TransientFailure asked && asked.waitAsked() != null) {
            if (asked.waitAsked().compareTo(LONGEST_WAIT_ASKED) > 0) {
                throw new HubUnreachable(
                        Refusal.host(settings) + " has had too many requests and asks to wait for "
                                + (asked.waitAsked().toMinutes() + 1) + " minutes; try again then",
                        failure);
            }
            pause = asked.waitAsked();
        }
        // not all who wait for the same server should come back at the same moment
        StopRequest.pause(pause.toMillis() + ThreadLocalRandom.current().nextLong(1 + pause.toMillis() / 4));
    }

    private static boolean isHopeless(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException
                    || cause instanceof UnknownHostException
                    || cause instanceof SSLHandshakeException) {
                return true;
            }
        }
        return false;
    }

    /** In words; the client's own messages may be empty, or hold an address with a signature in it. */
    private static String reason(IOException failure) {
        if (failure instanceof TransientFailure) {
            return failure.getMessage();
        }
        if (failure instanceof HttpTimeoutException) {
            return "it does not answer";
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "its name is not known here; is there a network?";
            }
            if (cause instanceof ConnectException) {
                return "it takes no connections";
            }
            if (cause instanceof SSLException) {
                return "no secure connection could be made";
            }
        }
        return failure.getMessage() == null ? "the connection broke off" : UserError.reason(failure);
    }

    /**
     * Opens an answer, once. A question with HEAD stops at a redirect that leads away from the hub, as that answer says
     * all there is to know of a file.
     *
     * @param from the first byte that is wanted
     * @throws IOException if another attempt may help
     * @throws UserError if the hub says no
     */
    HubAnswer open(String method, URI start, long from, Refusal refusal) throws IOException {
        URI uri = start;
        boolean trusted = true;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            trusted &= sameOrigin(uri, settings.endpoint());
            HubAnswer answer = send(method, uri, from, trusted);
            boolean keep = false;
            try {
                if (answer.isRedirect()) {
                    URI next = target(answer);
                    if (method.equals("HEAD")
                            && (answer.header("X-Linked-Etag").isPresent() || !sameOrigin(next, settings.endpoint()))) {
                        keep = true;
                        return answer;
                    }
                    uri = next;
                    continue;
                }
                if (answer.status() / 100 == 2 || answer.status() == 416) {
                    keep = true;
                    return answer;
                }
                // a signed address of a storage host may expire between two requests
                boolean expired = !trusted && answer.status() / 100 == 4;
                if (answer.status() == 408 || answer.status() == 429 || answer.status() >= 500 || expired) {
                    throw new TransientFailure(answer.status(), waitAsked(answer));
                }
                throw refusal.of(answer);
            } finally {
                if (!keep) {
                    answer.close();
                }
            }
        }
        throw new UserError(Refusal.host(settings) + " sends from address to address without an end");
    }

    private HubAnswer send(String method, URI uri, long from, boolean trusted) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.timeout())
                .header("User-Agent", AGENT)
                .header("Accept-Encoding", "identity");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (trusted) {
            settings.token().ifPresent(token -> request.header("Authorization", token.authorization()));
        }
        HttpClient client = client();
        HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                StopRequest.waiting(() -> client.send(request.build(), HttpResponse.BodyHandlers.ofPublisher()));
        BodyStream body = new BodyStream(settings.timeout());
        response.body().subscribe(body);
        return new HubAnswer(response.statusCode(), uri, response.headers(), body);
    }

    private synchronized HttpClient client() {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1) // a download gains nothing from sharing a connection
                    .followRedirects(Redirect.NEVER)
                    .connectTimeout(settings.timeout())
                    .build();
        }
        return client;
    }

    /** @throws UserError if the redirect leads nowhere, or to where others can listen */
    private URI target(HubAnswer answer) {
        return target(answer.uri(), answer.header("Location").orElse(""), Refusal.host(settings));
    }

    static URI target(URI from, String location, String hub) {
        try {
            URI target = from.resolve(location);
            boolean web = "https".equals(target.getScheme()) || "http".equals(target.getScheme());
            if (!location.isEmpty() && web && target.getHost() != null) {
                if (from.getScheme().equals("https") && target.getScheme().equals("http")) {
                    throw new UserError(
                            hub + " sends from https to http on " + target.getHost() + ", which is not followed");
                }
                return target;
            }
        } catch (IllegalArgumentException e) {
            // falls through; the address may hold a signature, so it is not shown
        }
        throw new UserError(hub + " sends to an address that is none");
    }

    static boolean sameOrigin(URI a, URI b) {
        return a.getScheme().equalsIgnoreCase(b.getScheme())
                && a.getHost().equalsIgnoreCase(b.getHost())
                && port(a) == port(b);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().toLowerCase(Locale.ROOT).equals("https") ? 443 : 80;
    }

    /** The header {@code Retry-After}: seconds, or a date. */
    private static Duration waitAsked(HubAnswer answer) {
        String text = answer.header("Retry-After").orElse("").strip();
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Duration wait = Duration.between(
                    Instant.now(),
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }
}
