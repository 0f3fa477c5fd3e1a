package ffmerge.hub;

import ffmerge.Progress;
import ffmerge.UserError;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A program that fetches a model: {@code ENDPOINT CACHE ID}. */
final class FetchingProcess {
    private FetchingProcess() {}

    static HubSettings settings(URI endpoint, Path cache) {
        return new HubSettings(endpoint, cache, Optional.empty(), false, Duration.ofSeconds(5), Duration.ofMillis(5));
    }

    public static void main(String[] arguments) {
        try {
            System.out.println(new Hub(settings(URI.create(arguments[0]), Path.of(arguments[1])))
                    .model(arguments[2], Hub.MAIN, Progress.NONE)
                    .folder());
        } catch (UserError e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
