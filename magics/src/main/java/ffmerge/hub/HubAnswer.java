package ffmerge.hub;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;

/** An answer whose body is still to come. */
record HubAnswer(int status, URI uri, HttpHeaders headers, BodyStream body) implements AutoCloseable {
    Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    boolean isRedirect() {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    @Override
    public void close() {
        body.close();
    }
}
