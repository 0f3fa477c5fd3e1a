package ffmerge.hub;

import ffmerge.UserError;

/** What a hub's answer means that is no file, in a line that says what to do. */
final class Refusal {
    private static final int LONGEST = 200;

    private final HubSettings settings;
    private final RepoId repo;
    private final String revision;
    private final String file;

    /** @param file null where the question was about all of them */
    Refusal(HubSettings settings, RepoId repo, String revision, String file) {
        this.settings = settings;
        this.repo = repo;
        this.revision = revision;
        this.file = file;
    }

    UserError of(HubAnswer answer) {
        String code = answer.header("X-Error-Code").orElse("");
        String message = answer.header("X-Error-Message").orElse("");
        boolean known = settings.token().isPresent();
        int status = answer.status();
        if (code.equals("GatedRepo")) {
            String accept = "the " + repo + " is open only to those who accept its conditions: do so at " + page();
            return new UserError(
                    known && status == 403
                            ? accept + " with the account that your token is of, and wait until it is granted"
                            : accept + ", and set HF_TOKEN to a token of that account");
        }
        if (code.equals("RevisionNotFound")) {
            return new NoSuchEntry(
                    "the " + repo + " has no revision '" + revision + "'; name a branch, a tag or a commit of it");
        }
        if (code.equals("EntryNotFound")) {
            return new NoSuchEntry("the " + repo + " has no file " + file + " at revision " + revision);
        }
        if (status == 401 && known && (code.isEmpty() || message.startsWith("Invalid credentials"))) {
            return new UserError(host(settings)
                    + " does not accept your token; set HF_TOKEN to a new one, or log out to fetch what is public");
        }
        if (code.equals("RepoNotFound") || status == 401 || status == 404) {
            return new Unavailable(
                    host(settings) + " has no " + repo + " that you may read; check the spelling"
                            + (known ? "" : ", or set HF_TOKEN to a token if it is private"),
                    null);
        }
        if (status == 403) {
            return new UserError("the " + repo + " may not be read"
                    + (known ? " with your token; give it the right to read this repository" : " without a token")
                    + quoted(message));
        }
        return new UserError(host(settings) + " answers " + status + " when asked for the " + repo + quoted(message));
    }

    private String page() {
        return settings.endpoint() + "/" + repo.page();
    }

    private static String quoted(String message) {
        return message.isEmpty() ? "" : ": " + message.substring(0, Math.min(LONGEST, message.length()));
    }

    /** The hub's name in messages. */
    static String host(HubSettings settings) {
        int port = settings.endpoint().getPort();
        return "the hub " + settings.endpoint().getHost() + (port < 0 ? "" : ":" + port);
    }
}
