using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>vsftpd with a directory that anybody may read and write. socat accepts for it and hands it the socket, as inetd did.</summary>
public sealed class Vsftpd(string banner) : IPeerServer
{
    public static DirectoryInfo Root(Place place) => Directory.CreateDirectory(place.FileAt("ftp"));

    public async Task<Peer> ListenAsync(Place place)
    {
        await File.WriteAllTextAsync(place.FileAt("banner"), banner);

        // Without run_as_launching_user it wants to be root, to change its root, and namespaces that a container may not give. Its
        // sandbox for system calls does not know the newer ones of the C library.
        await File.WriteAllTextAsync(place.FileAt("vsftpd.conf"), $"""
            listen=NO
            run_as_launching_user=YES
            seccomp_sandbox=NO
            anonymous_enable=YES
            no_anon_password=YES
            ftp_username={Environment.UserName}
            anon_root={Root(place).FullName}
            anon_world_readable_only=NO
            write_enable=YES
            anon_upload_enable=YES
            xferlog_enable=NO
            connect_from_port_20=NO
            banner_file={place.FileAt("banner")}

            """, Encoding.ASCII);
        var vsftpd = Programs.PathOf("vsftpd");
        return await new Socat($"EXEC:{vsftpd} {place.FileAt("vsftpd.conf")},nofork", ",fork").ListenAsync(place);
    }
}
