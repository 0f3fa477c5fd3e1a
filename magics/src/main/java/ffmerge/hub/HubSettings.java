package ffmerge.hub;

import ffmerge.UserError;
import ffmerge.UserPath;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the hub is, who asks, and where files are kept: what the environment variables of Python's huggingface_hub say.
 *
 * @param endpoint the hub's address, without a slash at its end
 * @param cache the folder of {@code models--ORG--NAME} and its like
 * @param offline whether only what is in the cache may be used
 * @param timeout how long nothing may come before it is tried anew
 * @param firstPause how long to wait before it is tried anew; each time twice as long as before
 */
public record HubSettings(
        URI endpoint, Path cache, Optional<AccessToken> token, boolean offline, Duration timeout, Duration firstPause) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final long DEFAULT_TIMEOUT = 10;

    /** @throws UserError if a variable holds what it can't mean */
    public static HubSettings fromEnvironment() {
        return from(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static HubSettings from(Map<String, String> environment, Path userHome) {
        Path caches = path(environment, "XDG_CACHE_HOME", userHome).orElse(userHome.resolve(".cache"));
        Path home = path(environment, "HF_HOME", userHome).orElse(caches.resolve("huggingface"));
        Path cache = path(environment, "HF_HUB_CACHE", userHome)
                .or(() -> path(environment, "HUGGINGFACE_HUB_CACHE", userHome))
                .orElse(home.resolve("hub"));
        Path tokenFile = path(environment, "HF_TOKEN_PATH", userHome).orElse(home.resolve("token"));
        Optional<AccessToken> token = AccessToken.of(environment.get("HF_TOKEN"), "HF_TOKEN")
                .or(() -> AccessToken.of(environment.get("HUGGING_FACE_HUB_TOKEN"), "HUGGING_FACE_HUB_TOKEN"))
                .or(() -> AccessToken.in(tokenFile));
        boolean offline = isTrue(environment.get("HF_HUB_OFFLINE")) || isTrue(environment.get("TRANSFORMERS_OFFLINE"));
        return new HubSettings(
                endpoint(environment.getOrDefault("HF_ENDPOINT", "")),
                cache,
                token,
                offline,
                timeout(environment.getOrDefault("HF_HUB_DOWNLOAD_TIMEOUT", "")),
                FIRST_PAUSE);
    }

    private static Optional<Path> path(Map<String, String> environment, String name, Path userHome) {
        String text = environment.getOrDefault(name, "");
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(UserPath.of(text, userHome.toString()));
        } catch (UserError e) {
            throw new UserError(name + ": " + e.getMessage(), e);
        }
    }

    private static boolean isTrue(String text) {
        return text != null && TRUE.contains(text.strip().toUpperCase(Locale.ROOT));
    }

    private static URI endpoint(String text) {
        String address = text.isBlank() ? DEFAULT_ENDPOINT : text.strip().replaceFirst("/+$", "");
        try {
            URI uri = new URI(address);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // falls through to the message, which quotes nothing: an address may hold a password
        }
        throw new UserError("HF_ENDPOINT is no web address such as https://hub.example.org, without user or query");
    }

    private static Duration timeout(String text) {
        if (text.isBlank()) {
            return Duration.ofSeconds(DEFAULT_TIMEOUT);
        }
        try {
            return Duration.ofSeconds(Math.max(1, Long.parseLong(text.strip())));
        } catch (NumberFormatException e) {
            throw new UserError("HF_HUB_DOWNLOAD_TIMEOUT is no whole number of seconds", e);
        }
    }
}
